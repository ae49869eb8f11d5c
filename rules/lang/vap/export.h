// Rules as ValidatingAdmissionPolicies, so that a cluster enforces them without a webhook. A rule becomes a policy with
// one validation and a binding, or is left out with the reason.
//
// Called by `assay export vap`. Ownership: results are strings of their own. Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "rules/engine/rule.h"

namespace assay::rules::vap {

struct Exported {
  std::string name;    // of the policy and its binding: "assay-host-network"
  std::string yaml;    // two documents; empty where there are none
  std::string reason;  // why
};

// `action`: Deny, Warn or Audit. REQUIRES: the rule has its logic (complete_logic).
Exported export_rule(const Rule& rule, std::string_view action);

}  // namespace assay::rules::vap
