// How compliance reports are shown, for the writers: the words of a row, the counts of a framework, and the whole of it
// in the terminal's form. Pure. Threads: safe.
#pragma once

#include <array>
#include <string>

#include "rules/engine/finding.h"
#include "sarif/painter.h"

namespace assay::report {

inline constexpr size_t kRequirementStates = 5;

// How many requirements are in each state, by rules::RequirementState.
std::array<uint64_t, kRequirementStates> requirement_counts(const rules::ComplianceReport& framework);
// "3 failed, 10 passed, ..., 20 not assessed (14 runtime, 6 no rule)". Never a percentage: what was not assessed did not pass.
std::string requirement_summary(const rules::ComplianceReport& framework);
// "pass", "no such resource": the state in words.
std::string_view requirement_word(rules::RequirementState state);
// "2 findings; AWS0101, AWS0102", "4 resources; AWS0103", "runtime".
std::string requirement_detail(const rules::RequirementRow& row);

// A heading, a line per requirement and the counts.
void append_compliance(const rules::ComplianceReport& framework, const Painter& paint, std::string& out);

}  // namespace assay::report
