// Suppressions: `# assay:ignore RULE reason` and what peers write (checkov:skip=, trivy:ignore:,
// tfsec:ignore:, kics-scan, ts:skip=, annotations of Kubernetes objects, Metadata of
// CloudFormation), through rule aliases; and entries of a configuration, which are directives
// without a place in the source.
//
// A directive behind code covers its line; one on a line of its own covers the next line of code
// and, inside a resource, the whole resource; in a call of a module, what the call makes.
// `until=YYYY-MM-DD` ends it: that day is its last. What is suppressed stays in the report, marked.
// What is wrong with a directive itself (unused, expired, without a reason, of an unknown rule, not
// readable) is said by complaints(); rules of the type assay/suppression make findings of it
// (analyzer/pipeline/suppression_findings.h). Ownership: everything owns its text. Threads: pure
// functions.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "parsers/core/problem.h"
#include "parsers/core/source.h"
#include "parsers/model/resource.h"
#include "rules/engine/finding.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

struct Directive {
  core::Span span;   // of the comment, annotation or entry
  std::string rule;  // id, name, alias or glob; "*" for all
  std::string reason;
  std::string until;       // YYYY-MM-DD or empty
  uint32_t line = 0;       // 1-based line it stands on
  uint32_t next_line = 0;  // the next line with code, when it stands alone; else 0
  core::Span extent;       // annotations: the object they belong to; else invalid
  bool foreign = false;    // a peer's syntax: no complaint about a missing reason
  bool line_only = false;  // never the whole resource
  std::string bad_until;   // what stands where a date should
  bool quiet = false;      // no complaints: its file is not what was asked about
  bool unsure = false;  // not all that it may cover was looked at: nothing says that it is unused
  bool used = false;    // it covers a finding of its rule, expired or not
  std::string form = "assay:ignore";  // how it was written, as messages call it
  std::string owner;
  bool wordless = false;    // its form has no room for a reason
  bool whole_file = false;  // covers every finding of its file
  core::Span block;         // covers what stands in it; else invalid
  std::vector<std::pair<std::string, std::string>>
      where;              // Trivy: values that attributes of the resource must have
  std::string workspace;  // Trivy: of Terraform, may be a glob; "": any
  // Of a configuration: decides alone whether a finding is covered.
  std::function<bool(const Finding&)> selects;
};

// The next line with code behind the lines [from, line), from one comment to the next: long runs of
// comments are read once. UINT32_MAX: none follows.
struct NextCode {
  core::FileId file = core::kNoFile;
  uint32_t from = 0;
  uint32_t line = 0;
};

// The directives in one comment; empty for ordinary comments. `span` covers the comment.
std::vector<Directive> parse_directives(const core::SourceSet& sources, core::Span span,
                                        NextCode* known = nullptr);
// Directives in annotations of a Kubernetes object ("ignore-check.kube-linter.io/RULE",
// "checkov.io/skip1: CKV_K8S_1=reason", "kube-score/ignore", "polaris.fairwinds.com/RULE-exempt",
// "runterrascan.io/skip", "assay/ignore: RULE reason") and in Metadata of CloudFormation and ARM
// (checkov.skip, cfn_nag, cdk_nag, cfn-lint, guard, assay.ignore).
std::vector<Directive> annotation_directives(const core::SourceSet& sources,
                                             const model::Resource& resource);
// "RULE[,RULE] reason until=YYYY-MM-DD owner=NAME", what follows "assay:ignore", as copies of
// `base`.
void parse_own_directive(std::string_view text, Directive base, std::vector<Directive>& out);

// YYYY-MM-DD, and a day that the calendar has.
bool is_date(std::string_view text);

struct SuppressionContext {
  const RuleSet& rules;
  const core::SourceSet& sources;
  std::string_view today;  // YYYY-MM-DD
  std::span<const Rule>
      idle;  // rules that exist but were not run (--rule, --skip-rule): to name one is no mistake
  const model::Project* project =
      nullptr;            // for calls of modules and values of attributes; may be null
  std::string workspace;  // of Terraform; "" when it is not known
};

// Marks findings as suppressed, and directives as used.
void apply_suppressions(std::vector<Finding>& findings, std::vector<Directive>& directives,
                        const SuppressionContext& context);

enum class SuppressionFault : uint8_t {
  kUnused,
  kExpired,
  kWithoutReason,
  kUnknownRule,
  kMalformed
};
inline constexpr size_t kSuppressionFaults = 5;
std::string_view fault_name(SuppressionFault fault);  // "unused"

struct SuppressionComplaint {
  SuppressionFault fault = SuppressionFault::kUnused;
  uint32_t directive = 0;  // position
  std::string message;
};

// What is wrong with directives after apply_suppressions(), in their order. `reasons`: peers'
// directives must give one too. Checks of other tools that no rule is an alias of are counted in
// one note in `problems`.
std::vector<SuppressionComplaint> complaints(const std::vector<Directive>& directives,
                                             const SuppressionContext& context, bool reasons,
                                             core::Problems& problems);

}  // namespace assay::rules
