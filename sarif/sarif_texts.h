// Words and numbers of SARIF that depend on nothing but a rule or a text. Called by sarif.cc. Pure. Threads: safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/finding.h"

namespace assay::report {

// Scores that GitHub turns back into the same words.
std::string_view security_severity(rules::Severity severity);
int sarif_rank(rules::Severity severity);
std::string_view sarif_level(rules::Severity severity);

// The text with a full stop at its end, which the validator wants, in at most `most` bytes.
std::string sentence(std::string text, size_t most = std::string::npos);
// "s3-public-acl" -> "S3PublicAcl".
std::string pascal_case(std::string_view name);
// A version-4-shaped GUID from a text, so that equal inputs give equal reports.
std::string guid(std::string_view text);
// The rule's page.
std::string help_markdown(const rules::RuleInfo& rule);
// Without duplicates, the weightiest first: GitHub refuses more than 20 tags of a rule and shows 10.
std::vector<std::string> sarif_tags(const rules::RuleInfo& rule);

}  // namespace assay::report
