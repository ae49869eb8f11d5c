// --compliance: which frameworks were asked for, which rules they need, and how a scan stands against them.
#pragma once

#include "analyzer/pipeline/pipeline.h"
#include "rules/compliance/framework.h"
#include "rules/engine/evaluator.h"

namespace assay::pipeline {

// By name, in the order given, each once; names that nothing has go to `errors`.
std::vector<const rules::Framework*> chosen_frameworks(const std::vector<std::string>& names, std::vector<UsageError>& errors);

// `idle` are the rules that were not asked for; `findings` are all that were found, whatever is reported of them.
std::vector<rules::ComplianceReport> assess_compliance(const std::vector<const rules::Framework*>& frameworks,
                                                       const rules::RuleSet& ran, std::span<const rules::Rule> idle,
                                                       const model::Project& project,
                                                       std::span<const rules::Finding> findings,
                                                       std::span<const rules::RuleFailure> failures);

}  // namespace assay::pipeline
