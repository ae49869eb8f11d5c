// Which resources rules were asked about, for reports that have a part per resource (sarif/policy_report.cc): those
// without findings too. Called by the pipeline where ScanOptions::list_judged is set. Pure; the result owns its text.
#pragma once

#include <span>
#include <vector>

#include "analyzer/pipeline/live_objects.h"
#include "parsers/model/resource.h"
#include "rules/engine/evaluator.h"
#include "rules/engine/rule_set.h"

namespace assay::pipeline {

// Resources that some rule is about, by path and place; of the files `focus` (sorted), or of all if it is empty. Those with a
// controller in the scan are judged with it: they are there only where findings are about them alone.
std::vector<rules::JudgedResource> judged_resources(const model::Project& project, const rules::RuleSet& rules,
                                                    std::span<const rules::RuleFailure> failures,
                                                    std::span<const core::FileId> focus, const Controllers& controllers,
                                                    std::span<const rules::Finding> findings);

}  // namespace assay::pipeline
