#include "rules/compliance/assessment.h"

#include <algorithm>

namespace assay::rules {
namespace {

std::string counted(uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

RequirementRow assess(const Framework& framework, const Requirement& requirement, std::span<const RuleTally> tallies) {
  RequirementRow row{std::string(requirement.id), std::string(requirement.title),
                     std::string(requirement.korean_title), RequirementState::kNotAssessed, {}, {}, {}};
  bool ran = false;
  uint64_t failures = 0;
  for (const RuleTally& tally : tallies) {
    if (!answers(*tally.rule, framework, requirement)) continue;
    row.rules.push_back(tally.rule->id);
    const auto& published = tally.rule->published;
    row.published.push_back(std::find(published.begin(), published.end(), framework.id) != published.end());
    ran |= tally.ran;
    row.resources = std::max(row.resources, tally.resources);
    row.fail += tally.fail;
    row.maybe += tally.maybe;
    row.suppressed += tally.suppressed;
    failures += tally.failures;
  }
  if (row.rules.empty()) {
    row.reason = requirement.runtime ? "runtime" : "no rule";
  } else if (!ran) {
    row.reason = "rules not asked for";
  } else if (row.fail > 0) {
    row.state = RequirementState::kFail;
  } else if (row.suppressed > 0) {
    // An exception that somebody granted is still one.
    row.state = RequirementState::kFail;
    row.reason = counted(row.suppressed, "finding") + " suppressed";
  } else if (row.maybe > 0 || failures > 0) {
    row.state = RequirementState::kUndecided;
    row.reason = row.maybe > 0 ? "depends on unknown inputs" : counted(failures, "resource") + " could not be judged";
  } else if (row.resources == 0) {
    row.state = RequirementState::kNoResource;
  } else {
    row.state = RequirementState::kPass;
  }
  return row;
}

}  // namespace

ComplianceReport assess(const Framework& framework, std::span<const RuleTally> tallies) {
  ComplianceReport out{framework.name, std::string(framework.title), std::string(framework.source),
                       std::string(framework.edges), std::string(framework.part), {}};
  for (const Requirement& requirement : framework.requirements) {
    out.rows.push_back(assess(framework, requirement, tallies));
  }
  return out;
}

}  // namespace assay::rules
