#include "analyzer/pipeline/compliance.h"

#include <algorithm>
#include <set>

#include "parsers/core/suggest.h"
#include "rules/compliance/assessment.h"

namespace assay::pipeline {

std::vector<const rules::Framework*> chosen_frameworks(const std::vector<std::string>& names, std::vector<UsageError>& errors) {
  std::vector<const rules::Framework*> out;
  for (const std::string& name : names) {
    const rules::Framework* framework = rules::find_framework(name);
    if (framework) {
      if (std::find(out.begin(), out.end(), framework) == out.end()) out.push_back(framework);
      continue;
    }
    std::vector<std::string> known;
    for (const rules::Framework& other : rules::all_frameworks()) known.push_back(other.name);
    std::string nearest = core::did_you_mean(name, known);
    std::string list;
    for (const std::string& other : known) list += (list.empty() ? "; there are " : ", ") + other;
    errors.push_back({"", 0, "--compliance: no framework is called '" + name + "'" + (nearest.empty() ? list : nearest)});
  }
  return out;
}

std::vector<rules::ComplianceReport> assess_compliance(const std::vector<const rules::Framework*>& frameworks,
                                                       const rules::RuleSet& ran, std::span<const rules::Rule> idle,
                                                       const model::Project& project,
                                                       std::span<const rules::Finding> findings,
                                                       std::span<const rules::RuleFailure> failures) {
  std::vector<rules::RuleTally> tallies;
  for (const rules::Rule& rule : ran.rules()) tallies.push_back({&rule.info, true});
  for (const rules::Rule& rule : idle) tallies.push_back({&rule.info, false});
  for (const model::Resource* resource : project.resources) {
    std::set<uint32_t> judged;
    for (const model::View& view : resource->views) {
      for (uint32_t rule : ran.for_type(view.type)) judged.insert(rule);
    }
    for (uint32_t rule : judged) ++tallies[rule].resources;
  }
  for (const rules::Finding& finding : findings) {
    rules::RuleTally& tally = tallies[finding.rule];
    ++(finding.suppressed ? tally.suppressed : finding.verdict == rules::Verdict::kFail ? tally.fail : tally.maybe);
  }
  for (const rules::RuleFailure& failure : failures) {
    for (rules::RuleTally& tally : tallies) tally.failures += tally.rule->id == failure.rule;
  }
  std::vector<rules::ComplianceReport> out;
  for (const rules::Framework* framework : frameworks) out.push_back(rules::assess(*framework, tallies));
  return out;
}

}  // namespace assay::pipeline
