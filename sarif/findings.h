// What the writers share about findings: which of them a format shows and in what order, their words, and the texts that
// may leave the house. Called by every writer. Pure. Threads: safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/engine/finding.h"
#include "sarif/redact.h"

namespace assay::report {

// Indices into Report::findings, most important first: by severity, certain before possible, then in the order of the
// report. Limits of platforms cut from the end.
struct Ranking {
  std::vector<uint32_t> findings;              // those that count (rules::counts)
  uint64_t suppressed = 0, unchanged = 0;      // that were left out
};
Ranking ranked(const rules::Report& report);

// The message, with what a possible finding hangs on; secrets hidden.
std::string message_of(const rules::Finding& finding, const Redactor& redactor);
// "AWS0101 s3-public-acl".
std::string rule_label(const rules::RuleInfo& rule);
// The first paragraph of how to fix it, on one line; "" when nothing is known.
std::string advice_of(const rules::RuleInfo& rule);
// "aws_s3_bucket.b", secrets hidden.
std::string address_of(const rules::Finding& finding, const Redactor& redactor);
// The fix, unless its edits would show a secret; null when there is none.
const rules::Fix* fix_of(const rules::Finding& finding, const rules::Report& report, const Redactor& redactor);

// Where a finding stands: its region, else the head or the whole of its resource; may be invalid.
core::Span place_of(const rules::Finding& finding);
// The path from the root of the repository, as the platforms want it: "infra/main.tf".
std::string repository_path(const rules::Report& report, std::string_view path);
inline std::string repository_path(const rules::Report& report, core::FileId file) {
  return repository_path(report, report.sources->path(file));
}
// The file of a problem from the root of the repository; "" when it concerns none.
std::string problem_path(const rules::Report& report, const core::Problem& problem);

// "3 findings, 2 possible, 1 suppressed, 40 unchanged, 2 fixed".
std::string headline(const rules::Report& report);

}  // namespace assay::report
