// How a scan stands against a framework: one row per requirement. Nothing is a pass by absence: a requirement that no
// rule answers, or whose resources are not there, says so, and there is no percentage.
//
// Called by the pipeline once per --compliance. Pure. Threads: safe.
#pragma once

#include <span>

#include "rules/compliance/framework.h"

namespace assay::rules {

// What one rule did in a scan.
struct RuleTally {
  const RuleInfo* rule = nullptr;
  bool ran = false;         // it was asked for
  uint64_t resources = 0;   // of its types in the scan
  uint64_t fail = 0, maybe = 0, suppressed = 0;  // findings, whatever is reported of them
  uint64_t failures = 0;    // resources that it could not judge
};

ComplianceReport assess(const Framework& framework, std::span<const RuleTally> tallies);

}  // namespace assay::rules
