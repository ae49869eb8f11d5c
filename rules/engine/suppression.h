// Suppressions in source: `# assay:ignore RULE reason` and what peers write (checkov:skip=, trivy:ignore:,
// tfsec:ignore:, kics-scan ignore-line, kube-linter and Checkov annotations), through rule aliases.
//
// A directive behind code covers its line; one on a line of its own covers the next line of code and,
// inside a resource, the whole resource. `until=YYYY-MM-DD` ends it. What is suppressed stays in the
// report, marked; a directive that is unused, expired or gives no reason is reported as a note.
#pragma once

#include <string>
#include <vector>

#include "parsers/core/problem.h"
#include "parsers/core/source.h"
#include "parsers/model/resource.h"
#include "rules/engine/finding.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

struct Directive {
  core::Span span;      // of the comment or annotation
  std::string rule;     // id, name, alias or glob; "*" for all
  std::string reason;
  std::string until;    // YYYY-MM-DD or empty
  uint32_t line = 0;    // 1-based line it stands on
  uint32_t next_line = 0;  // the next line with code, when it stands alone; else 0
  core::Span extent;    // annotations: the object they belong to; else invalid
  bool foreign = false;  // a peer's syntax: no complaint about a missing reason
  bool line_only = false;  // never the whole resource
  std::string bad_until;   // what stands where a date should
  bool quiet = false;      // no notes: its file is not what was asked about
  bool used = false;
};

// The next line with code behind the lines [from, line), from one comment to the next: long runs of
// comments are read once. UINT32_MAX: none follows.
struct NextCode {
  core::FileId file = core::kNoFile;
  uint32_t from = 0;
  uint32_t line = 0;
};

// The directives in one comment; empty for ordinary comments. `span` covers the comment.
std::vector<Directive> parse_directives(const core::SourceSet& sources, core::Span span, NextCode* known = nullptr);
// Directives in annotations of a Kubernetes object ("ignore-check.kube-linter.io/RULE",
// "checkov.io/skip1: CKV_K8S_1=reason") and in CloudFormation Metadata (checkov.skip).
std::vector<Directive> annotation_directives(const core::SourceSet& sources, const model::Resource& resource);

// Marks findings as suppressed. `today` is YYYY-MM-DD. Notes about directives go to `problems`. `idle` are rules that
// exist but were not run (--rule, --skip-rule): to name one is no mistake.
void apply_suppressions(std::vector<Finding>& findings, std::vector<Directive>& directives,
                        const RuleSet& rules, const core::SourceSet& sources, std::string_view today,
                        std::span<const Rule> idle, core::Problems& problems);

}  // namespace assay::rules
