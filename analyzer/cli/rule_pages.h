// What is printed of rules: the page of `assay explain`, the JSON of `assay rules`, and the rule
// reference below docs/rules, all made from the rule files.
//
// Pure functions of their arguments. Threads: safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/lang/pack/rule_file.h"

namespace assay::cli {

// For a terminal: what, why, how, examples, fix, names, controls and logic.
std::string rule_page(const rules::Rule& rule, const std::vector<rules::Example>& examples);

std::string rules_json(const std::vector<rules::Rule>& all);

// The reference as Markdown files by path: README.md with a table of all rules, and one page per
// folder of rules
// ("aws/s3.md"), in which each rule has an anchor of its id. Sorted; the same rules give the same
// bytes.
std::map<std::string, std::string> rule_reference(const std::vector<rules::Rule>& all);

}  // namespace assay::cli
