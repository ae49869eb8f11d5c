// What is wrong with suppressions, as findings: each directive becomes a resource of the type
// assay/suppression, and rules judge it like any other (rules/packs/suppressions; a team may add
// its own, such as "every suppression ends").
//
// The view has rule, reason, until, owner, form ("checkov:skip"), tool ("assay" or "foreign"),
// in_source, and what was found out: used, unused, expired, unknown, malformed, needs_reason
// (booleans). Texts that are not there are null.
//
// Called by the pipeline behind apply_suppressions(). Threads: one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/model/resource.h"
#include "rules/engine/evaluator.h"
#include "rules/engine/suppression.h"

namespace assay::pipeline {

inline constexpr std::string_view kSuppressionType = "assay/suppression";

// The rules about the faults, by SuppressionFault.
std::string_view rule_of_fault(rules::SuppressionFault fault);
bool judges_suppressions(const rules::RuleInfo& rule);
// Do the patterns name rules about suppressions and no others? Then all rules run, for without them
// nothing is unused.
bool asks_for_suppressions_only(const std::vector<std::string>& patterns,
                                const std::vector<rules::Rule>& rules);

// Directives in what takes the place of comments in Terraform's JSON: {"//": "assay:ignore RULE reason"} covers the object
// that it stands in.
void add_json_directives(const core::SourceSet& sources, const syntax::Tree& tree,
                         std::vector<rules::Directive>& out);

// Directives that are not quiet, as resources; `scanned` tells which resource they stand in. `all`:
// also those that nothing is wrong with, which only rules of one's own ask about.
std::unique_ptr<model::Project> suppression_project(
    const std::vector<rules::Directive>& directives,
    const std::vector<rules::SuppressionComplaint>& complaints, const model::Project& scanned,
    const core::SourceSet& sources, bool require_reason, bool all);

// Adds the findings of the rules that run to the report, and notes about the faults whose rules
// were left out by --rule or --compliance (not those of --skip-rule). Returns the resources that
// were judged.
std::unique_ptr<model::Project> judge_suppressions(const std::vector<rules::Directive>& directives,
                                                   const rules::SuppressionContext& context,
                                                   const ScanOptions& options,
                                                   rules::RuleSet& rules, rules::Report& report,
                                                   std::vector<UsageError>& errors,
                                                   rules::EvaluationNotes* notes = nullptr);

}  // namespace assay::pipeline
