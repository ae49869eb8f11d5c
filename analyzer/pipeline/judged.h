// Which resources rules were asked about, for reports that have a part per resource (sarif/policy_report.cc): those
// without findings too. Called by the pipeline where ScanOptions::list_judged is set. Pure; the result owns its text.
#pragma once

#include <span>
#include <vector>

#include "parsers/model/resource.h"
#include "rules/engine/evaluator.h"
#include "rules/engine/rule_set.h"

namespace assay::pipeline {

// Resources that some rule is about, by path and place; of the files `focus` (sorted), or of all if it is empty.
std::vector<rules::JudgedResource> judged_resources(const model::Project& project, const rules::RuleSet& rules,
                                                    std::span<const rules::RuleFailure> failures,
                                                    std::span<const core::FileId> focus);

}  // namespace assay::pipeline
