// Fingerprints of findings: hash of rule id, format, address without instance keys, attribute
// path without indices, module path and an occurrence number. Lines, order, file names and formatting
// do not enter, so a baseline survives them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/finding.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

// REQUIRES: findings are sorted. No two findings get the same fingerprint.
void add_fingerprints(std::vector<Finding>& findings, const RuleSet& rules, const core::SourceSet& sources);

// Adds an address or a path without instance keys and positions, which churn: "module.a["x"].aws_s3_bucket.b[0]" as
// "module.a.aws_s3_bucket.b".
void add_without_keys(std::string_view text, std::string& out);

}  // namespace assay::rules
