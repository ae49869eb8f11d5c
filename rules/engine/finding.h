// Finding: what a rule says about a resource. RuleInfo: what is known about a rule. Report writers
// (sarif/) see the engine only through this header.
//
// Everything here owns its text, so that findings outlive the model they speak of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/problem.h"
#include "parsers/core/source.h"
#include "parsers/core/span.h"
#include "rules/engine/resource_ref.h"

namespace assay::rules {

enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };
enum class Verdict : uint8_t { kPass, kNotEvaluated, kMaybe, kFail };
enum class FixKind : uint8_t { kNone, kSafe, kUnsafe };

std::string_view severity_name(Severity severity);  // "critical"
std::optional<Severity> parse_severity(std::string_view text);
std::string_view verdict_name(Verdict verdict);     // "fail"

struct Alias {    // what another tool calls the same check
  std::string tool;  // "checkov", "trivy", "kics", "kube-linter", ...
  std::string id;
};

struct Control {  // a requirement of a compliance framework
  std::string framework;  // "cis-aws"
  std::string version;    // "1.4"; may be empty
  std::string id;         // "2.1.5"
};

// Tag of rules whose findings point at a secret: reports hide what they point at (sarif/redact.h).
inline constexpr std::string_view kSecretTag = "secret";

struct RuleInfo {
  std::string id;        // [A-Z]{3,}[0-9]{4}
  std::string name;      // reads well after "allow": s3-public-acl
  Severity severity = Severity::kMedium;
  std::string precision;  // very-high, high, medium, low (SARIF property of the same name)
  std::string title;      // one sentence stating the flagged pattern
  std::string what, why, how;  // Markdown of the three sections
  std::string message;    // of findings; the title when empty
  std::vector<std::string> resources;  // canonical types
  std::vector<std::string> formats;    // "terraform", "kubernetes", "cloudformation"
  std::vector<std::string> cwe;        // "CWE-732"
  std::vector<Alias> aliases;
  std::vector<Control> controls;
  std::vector<std::string> published;  // frameworks whose edges stand in a published mapping; the others are our reading
  std::vector<std::string> tags;
  FixKind fix = FixKind::kNone;
  std::string source;     // "aws/s3/s3-public-acl.md", or the path of a user's policy
};

struct TextEdit {
  core::Span span;        // replaced bytes; empty to insert
  std::string text;
};

struct Fix {
  FixKind kind = FixKind::kNone;
  std::string description;
  std::vector<TextEdit> edits;
};

struct OriginStep {       // one hop of the chain, literal first
  core::Span span;
  std::string what;       // "literal", "variable default var.acl", "module argument"
};

struct RelatedPlace {
  core::Span span;
  std::string message;    // "also created as module.b", "the role is attached here"
};

struct Suppression {
  std::string kind;       // "inSource" or "external", SARIF's words
  std::string reason;
  std::string until;      // YYYY-MM-DD or empty
  core::Span span;        // of the comment
};

struct Finding {
  uint32_t rule = 0;      // index into Report::rules
  Severity severity = Severity::kMedium;
  Verdict verdict = Verdict::kFail;
  std::string message;
  std::vector<std::string> depends_on;  // inputs that would decide a MAYBE
  std::string witness;    // "when var.env = \"prod\"", of a MAYBE
  ResourceRef resource;
  std::string attribute;  // path within the resource; may be empty
  std::string item;       // path of the judged element, of rules with `each`: "ingress[1]"
  core::Span region;
  core::Span whole;       // of a value over many lines whose first line is the region; else invalid
  std::vector<OriginStep> origin;
  std::vector<RelatedPlace> related;
  std::string fingerprint;  // 32 hex digits; unique within a scan
  std::optional<Fix> fix;
  std::optional<Suppression> suppressed;
  std::string baseline;   // "new", "unchanged" or empty
  std::string moved_from;  // unchanged, but stood elsewhere: "old.tf: aws_s3_bucket.a"
};

// Does it count: is it neither suppressed nor known from a baseline or the other side of a diff?
inline bool counts(const Finding& finding) { return !finding.suppressed && finding.baseline != "unchanged"; }

// A finding of the baseline, or of the other side of a diff, that is there no more. What is not known is empty or 0.
struct GoneFinding {
  std::string rule;      // id
  Severity severity = Severity::kMedium;
  std::string message;
  std::string file;      // relative, as in Finding
  uint32_t line = 0, column = 0, end_line = 0, end_column = 0;  // 1-based, UTF-16; end_column is exclusive
  std::string address, type, format;  // of its resource
  std::string fingerprint;
};

// What a scan was compared with.
struct Comparison {
  std::string against;   // "git main (1a2b3c4d)", "baseline assay-baseline.json"; empty: nothing was compared
  uint64_t fresh = 0, unchanged = 0, moved = 0;  // moved ones are unchanged, too
  std::vector<GoneFinding> gone;  // sorted by (file, line, rule, address)
};

struct CoverageRow {
  std::string path;       // file, or directory of a root
  bool is_root = false;
  std::string format, state, reason;  // state: evaluated, partial, skipped, failed
};

enum class RequirementState : uint8_t {
  kPass,         // its rules judged something and object to nothing
  kFail,
  kUndecided,    // depends on something unknown, or a rule could not judge
  kNoResource,   // nothing that its rules judge is there
  kNotAssessed,  // no template decides it, no rule does, or its rules were not asked for
};
std::string_view requirement_state_name(RequirementState state);  // "no-resource"

// How one requirement of a compliance framework stands in this scan.
struct RequirementRow {
  std::string id, title, korean_title;
  RequirementState state = RequirementState::kNotAssessed;
  std::string reason;              // "runtime", "no rule", "2 findings suppressed"
  std::vector<std::string> rules;  // ids of those that answer it
  std::vector<bool> published;     // by rule: a published mapping says so (confidence high); else our own reading (medium)
  uint64_t resources = 0;          // that they judged, at most by one of them
  uint64_t fail = 0, maybe = 0, suppressed = 0;
};

struct ComplianceReport {
  std::string framework, title, source, edges, part;  // see rules/compliance/framework.h
  std::vector<RequirementRow> rows;
};

struct Summary {
  uint64_t files = 0, resources = 0, rules = 0, evaluations = 0;
  uint64_t fail = 0, maybe = 0, suppressed = 0, problems = 0;
  uint64_t duration_ms = 0;
};

// All that a writer needs. Findings are sorted by (path, byte offset, rule id, address).
struct Report {
  std::string tool_version;
  std::string base_directory;  // absolute; what relative paths are relative to
  std::string repository_prefix;  // from the repository root to base_directory: "infra/" or ""
  std::vector<RuleInfo> rules;    // of the findings and of all rules that ran, sorted by id
  std::vector<Finding> findings;  // suppressed ones included
  std::vector<Finding> unreported;  // of rules with the tag "secret", not asked for: to be hidden, never shown
  core::Problems problems;
  std::vector<CoverageRow> coverage;
  Summary summary;
  Comparison comparison;
  std::vector<ComplianceReport> compliance;  // of the frameworks asked for
  std::vector<JudgedResource> judged;  // where a format wants them (report::wants_judged); by path and place
  const core::SourceSet* sources = nullptr;
  std::vector<core::Span> secret_spans;  // beside those of findings: texts that must not be quoted
  std::vector<std::string> arguments;  // of the command line
  int exit_code = 0;
};

}  // namespace assay::rules
