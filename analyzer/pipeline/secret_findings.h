// What is special about findings of secrets: comments that other scanners' users write to allow one, and that one
// secret is one finding, also where the text of a file and what was parsed of it both show it.
//
// Called by the pipeline behind evaluate(). Threads: one.
#pragma once

#include <vector>

#include "analyzer/pipeline/secret_config.h"
#include "parsers/core/source.h"
#include "rules/engine/finding.h"
#include "rules/engine/rule_set.h"
#include "rules/engine/suppression.h"

namespace assay::pipeline {

bool tells_secrets(const rules::RuleInfo& rule);

// Findings in texts say which kind of secret it is.
void name_text_secrets(std::vector<rules::Finding>& findings);

// "assay:ignore" and its like in the comments of a file that has no tree.
void add_text_directives(const core::SourceSet& sources, core::FileId file, std::vector<rules::Directive>& out);

// Suppresses findings of secrets on lines with "gitleaks:allow", "trufflehog:ignore" or "pragma: allowlist secret"
// (or below "pragma: allowlist nextline secret"), and those that .gitleaksignore lists. `config` may be null.
void allow_marked_secrets(std::vector<rules::Finding>& findings, const rules::RuleSet& rules, const core::SourceSet& sources,
                          const SecretConfig* config);

// A secret that the search of texts found in a value that another rule complains about is that finding: its region
// becomes the secret itself. Where that finding is suppressed, so is the secret, and so are other rules' findings at
// the same literal. What goes is kept in `hidden`.
// The rest stays sorted.
void merge_text_secrets(std::vector<rules::Finding>& findings, const rules::RuleSet& rules, const core::SourceSet& sources,
                        std::vector<rules::Finding>& hidden);

}  // namespace assay::pipeline
