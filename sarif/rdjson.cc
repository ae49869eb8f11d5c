// The Reviewdog Diagnostic Format (reviewdog.proto): a DiagnosticResult as JSON. Its columns count UTF-8 bytes from 1,
// its ranges are half-open, and a suggestion replaces one range: edits of a fix are joined to one where they share a
// file.
#include <algorithm>

#include "parsers/core/json_writer.h"
#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using core::JsonWriter;
using rules::Finding;
using rules::Report;

constexpr size_t kMaxSuggestion = 16384;  // bytes; further ones help nobody in a review
constexpr size_t kMaxRelated = 100;

void write_position(JsonWriter& json, std::string_view key, const core::LineIndex& lines, uint32_t offset) {
  uint32_t line = lines.position(offset).line;
  uint32_t start = std::min(lines.offset({line, 1}), offset);
  json.key(key).begin_object().field("line", line).field("column", offset - start + 1).end_object();
}

void write_range(JsonWriter& json, const Report& report, const core::Span& span) {
  const core::LineIndex& lines = report.sources->lines(span.file);
  json.key("range").begin_object();
  write_position(json, "start", lines, span.begin);
  write_position(json, "end", lines, span.end);
  json.end_object();
}

void write_location(JsonWriter& json, const Report& report, const core::Span& span, const std::string& path) {
  json.key("location").begin_object().field("path", path);
  if (span.valid() && span.end > 0) write_range(json, report, span);
  json.end_object();
}

// One replacement for all edits of a fix, with what stands between them; false where that cannot be.
bool joined(const Report& report, const Redactor& redactor, const rules::Fix& fix, rules::TextEdit& out) {
  std::vector<rules::TextEdit> edits = fix.edits;
  std::stable_sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.span < b.span; });
  out.span = {edits.front().span.file, edits.front().span.begin, edits.front().span.begin};
  out.text.clear();
  for (const rules::TextEdit& edit : edits) {
    if (edit.span.file != out.span.file || edit.span.begin < out.span.end) return false;
    core::Span between{edit.span.file, out.span.end, edit.span.begin};
    if (between.size() + edit.text.size() + out.text.size() > kMaxSuggestion) return false;
    std::string kept = redactor.source(between, Redactor::Width::kUtf16);
    if (kept != report.sources->text(between)) return false;
    out.text += kept + edit.text;
    out.span.end = edit.span.end;
  }
  return true;
}

std::string_view severity_of(const Finding& finding) {
  if (finding.verdict == rules::Verdict::kMaybe) return "INFO";
  if (finding.severity >= rules::Severity::kHigh) return "ERROR";
  return finding.severity == rules::Severity::kMedium ? "WARNING" : "INFO";
}

void write_finding(JsonWriter& json, const Report& report, const Redactor& redactor, const Finding& finding) {
  const rules::RuleInfo& rule = report.rules[finding.rule];
  core::Span place = place_of(finding);
  json.begin_object();
  std::string message = message_of(finding, redactor);
  if (!finding.resource.address.empty()) message += " (" + address_of(finding, redactor) + ")";
  json.field("message", rule.name.empty() ? message : rule.name + ": " + message);
  write_location(json, report, place, place.valid() ? repository_path(report, place.file) : "");
  json.field("severity", severity_of(finding));
  json.key("code").begin_object().field("value", rule.id).end_object();
  const rules::Fix* fix = fix_of(finding, report, redactor);
  rules::TextEdit edit;
  if (fix != nullptr && place.valid() && fix->edits.front().span.file == place.file &&
      joined(report, redactor, *fix, edit)) {
    json.key("suggestions").begin_array().begin_object();
    write_range(json, report, edit.span);
    json.field("text", edit.text).end_object().end_array();
  }
  json.key("related_locations").begin_array();
  size_t count = 0;
  auto relate = [&](const core::Span& span, const std::string& words) {
    if (!span.valid() || span == place || count++ >= kMaxRelated) return;
    json.begin_object().field("message", redactor.message(words));
    write_location(json, report, span, repository_path(report, span.file));
    json.end_object();
  };
  for (const rules::OriginStep& step : finding.origin) relate(step.span, step.what);
  for (const rules::RelatedPlace& related : finding.related) relate(related.span, related.message);
  json.end_array().end_object();
}

}  // namespace

std::string write_rdjson(const Report& report, const WriteOptions&) {
  Redactor redactor(report);
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  json.begin_object();
  json.key("source").begin_object().field("name", "assay").field("url", ASSAY_HOMEPAGE).end_object();
  json.key("diagnostics").begin_array();
  for (const Finding& finding : report.findings) {
    if (rules::counts(finding)) write_finding(json, report, redactor, finding);
  }
  for (const core::Problem& problem : report.problems) {
    if (problem.severity == core::ProblemSeverity::kNote) continue;
    json.begin_object().field("message", "not analysed, or only in part: " + redactor.message(problem.message));
    write_location(json, report, problem.span, problem_path(report, problem));
    json.field("severity", problem.severity == core::ProblemSeverity::kError ? "ERROR" : "WARNING");
    json.key("code").begin_object().field("value", problem.code).end_object().end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

}  // namespace assay::report
