// The JSON report: field names are part of the contract with users (README, "JSON report").
#include <charconv>
#include <cstring>

#include "parsers/core/json_writer.h"
#include "sarif/compliance.h"
#include "sarif/findings.h"
#include "sarif/places.h"
#include "sarif/redact.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using core::JsonWriter;
using rules::Finding;
using rules::Report;

constexpr size_t kSampleFindings = 64;  // after so many the size of the report is foreseen

void write_texts(JsonWriter& json, std::string_view key, const Redactor& redactor, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) json.value(redactor.message(text));
  json.end_array();
}

// Where objects stand in the report: their lines begin with twice as many spaces.
constexpr size_t kDepthOfRegion = 4, kDepthOfEditedRegion = 7;

// A region is written at once: most of a report are its six numbers, again and again.
void write_region(JsonWriter& json, const core::SourceSet& sources, const core::Span& span, size_t depth) {
  if (!span.valid()) {
    json.null();
    return;
  }
  Region region = region_of(sources, span);
  char buffer[6 * (2 * kDepthOfEditedRegion + 40) + 32];
  char* to = buffer;
  auto text = [&](std::string_view what) {
    std::memcpy(to, what.data(), what.size());
    to += what.size();
  };
  auto line = [&](size_t indent) {
    *to++ = '\n';
    std::memset(to, ' ', indent * 2);
    to += indent * 2;
  };
  auto number = [&](std::string_view name, uint32_t value) {
    line(depth);
    text(name);
    to = std::to_chars(to, to + 10, value).ptr;
    *to++ = ',';
  };
  *to++ = '{';
  number("\"line\": ", region.begin.line);
  number("\"column\": ", region.begin.column);
  number("\"end_line\": ", region.end.line);
  number("\"end_column\": ", region.end.column);
  number("\"byte_offset\": ", span.begin);
  number("\"byte_length\": ", span.size());
  --to;  // the last comma
  line(depth - 1);
  *to++ = '}';
  json.raw({buffer, static_cast<size_t>(to - buffer)});
}

void write_place(JsonWriter& json, const core::SourceSet& sources, const core::Span& span, std::string_view key,
                 std::string_view text) {
  json.begin_object();
  if (span.valid()) {
    core::Position at = sources.lines(span.file).position(span.begin);
    json.field("file", sources.path(span.file));
    json.field("line", at.line);
    json.field("column", at.column);
  } else {
    json.key("file");
    json.null();
  }
  json.field(key, text);
  json.end_object();
}

void write_fix(JsonWriter& json, const core::SourceSet& sources, const Redactor& redactor, const rules::Fix& fix) {
  json.begin_object();
  json.field("kind", fix.kind == rules::FixKind::kSafe ? "safe" : "unsafe");
  json.field("description", redactor.message(fix.description));
  json.key("edits");
  json.begin_array();
  for (const rules::TextEdit& edit : fix.edits) {
    json.begin_object();
    json.field("file", sources.path(edit.span.file));
    json.key("region");
    write_region(json, sources, edit.span, kDepthOfEditedRegion);
    json.field("text", edit.text);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

// What all findings of one rule have in common, from the value of "aliases" to that of "controls".
void write_names(JsonWriter& json, const rules::RuleInfo& rule) {
  json.begin_array();
  for (const rules::Alias& alias : rule.aliases) json.value(alias.id);
  json.end_array();
  json.key("controls");
  json.begin_array();
  for (const rules::Control& control : rule.controls) {
    json.begin_object();
    json.field("framework", control.framework);
    json.field("version", control.version);
    json.field("id", control.id);
    json.end_object();
  }
  json.end_array();
}

// The bytes that were written for a rule, empty when it was not met yet: controls are the larger part of most reports.
struct Names {
  std::string head;   // from the value of "rule" to that of "name"
  std::string lists;  // of write_names()
};

void write_finding(JsonWriter& json, std::string& out, const Report& report, const Redactor& redactor,
                   std::vector<Names>& names, const Finding& finding) {
  const rules::RuleInfo& rule = report.rules[finding.rule];
  const core::SourceSet& sources = *report.sources;
  json.begin_object();
  Names& made = names[finding.rule];
  json.key("rule");
  if (made.head.empty()) {
    size_t begin = out.size();
    json.value(rule.id);
    json.field("name", rule.name);
    made.head = out.substr(begin);
  } else {
    json.raw(made.head);
  }
  json.field("severity", rules::severity_name(finding.severity));
  json.field("verdict", rules::verdict_name(finding.verdict));
  std::string message = finding.message;
  if (finding.verdict == rules::Verdict::kMaybe && !finding.witness.empty()) message += ", when " + finding.witness;
  json.field("message", redactor.message(message));
  write_texts(json, "depends_on", redactor, finding.depends_on);
  json.key("resource");
  json.begin_object();
  json.field("address", redactor.message(finding.resource.address));
  json.field("type", finding.resource.type);
  json.field("name", redactor.message(finding.resource.name));
  json.field("format", finding.resource.format);
  json.end_object();
  json.key("file");
  if (finding.region.valid()) json.value(sources.path(finding.region.file));
  else json.null();
  json.key("region");
  write_region(json, sources, finding.region, kDepthOfRegion);
  json.key("origin");
  if (finding.origin.empty() && finding.related.empty()) {  // nearly always
    json.raw("[],\n      \"related\": []");
  } else {
    json.begin_array();
    for (const rules::OriginStep& step : finding.origin) {
      write_place(json, sources, step.span, "what", redactor.message(step.what));
    }
    json.end_array();
    json.key("related");
    json.begin_array();
    for (const rules::RelatedPlace& place : finding.related) {
      write_place(json, sources, place.span, "message", redactor.message(place.message));
    }
    json.end_array();
  }
  json.field("fingerprint", finding.fingerprint);
  json.key("aliases");
  if (made.lists.empty()) {
    size_t begin = out.size();
    write_names(json, rule);
    made.lists = out.substr(begin);
  } else {
    json.raw(made.lists);
  }
  json.key("fix");
  if (const rules::Fix* fix = fix_of(finding, report, redactor)) write_fix(json, sources, redactor, *fix);
  else json.null();
  json.key("suppressed");
  if (!finding.suppressed && finding.baseline.empty() && finding.moved_from.empty()) {  // nearly always
    json.raw("null,\n      \"baseline\": null");
    json.end_object();
    return;
  }
  if (finding.suppressed) {
    json.begin_object();
    json.field("kind", finding.suppressed->kind);
    json.field("reason", redactor.message(finding.suppressed->reason));
    json.key("until");
    if (finding.suppressed->until.empty()) json.null();
    else json.value(finding.suppressed->until);
    json.end_object();
  } else {
    json.null();
  }
  json.key("baseline");
  if (finding.baseline.empty()) json.null();
  else json.value(finding.baseline);
  if (!finding.moved_from.empty()) json.field("moved_from", redactor.message(finding.moved_from));
  json.end_object();
}

// What the scan was compared with, and what is there no more.
void write_comparison(JsonWriter& json, const Redactor& redactor, const rules::Comparison& comparison) {
  json.key("comparison");
  json.begin_object();
  json.field("against", comparison.against);
  json.field("new", comparison.fresh);
  json.field("unchanged", comparison.unchanged);
  json.field("moved", comparison.moved);
  json.field("fixed", comparison.gone.size());
  json.end_object();
  json.key("fixed");
  json.begin_array();
  for (const rules::GoneFinding& gone : comparison.gone) {
    json.begin_object();
    json.field("rule", gone.rule);
    json.field("severity", rules::severity_name(gone.severity));
    json.field("message", redactor.message(gone.message));
    json.key("resource");
    json.begin_object();
    json.field("address", redactor.message(gone.address));
    json.field("type", gone.type);
    json.field("format", gone.format);
    json.end_object();
    json.key("file");
    if (gone.file.empty()) json.null();
    else json.value(gone.file);
    json.key("line");
    if (gone.line == 0) json.null();
    else json.value(gone.line);
    json.field("fingerprint", gone.fingerprint);
    json.end_object();
  }
  json.end_array();
}

void write_problem(JsonWriter& json, const core::SourceSet& sources, const Redactor& redactor,
                   const core::Problem& problem) {
  json.begin_object();
  json.field("severity", severity_word(problem.severity));
  json.field("code", problem.code);
  json.field("message", redactor.message(problem.message));
  json.key("file");
  if (problem.span.valid()) json.value(sources.path(problem.span.file));
  else if (!problem.path.empty()) json.value(problem.path);
  else json.null();
  json.key("region");
  write_region(json, sources, problem.span, kDepthOfRegion);
  json.end_object();
}

void write_compliance(JsonWriter& json, const std::vector<rules::ComplianceReport>& frameworks) {
  json.key("compliance");
  json.begin_array();
  for (const rules::ComplianceReport& framework : frameworks) {
    json.begin_object();
    json.field("framework", framework.framework);
    json.field("title", framework.title);
    json.field("source", framework.source);
    json.field("edges", framework.edges);
    if (!framework.part.empty()) json.field("part", framework.part);
    json.key("summary");
    json.begin_object();
    auto counts = requirement_counts(framework);
    for (size_t i = 0; i < counts.size(); ++i) {
      json.field(rules::requirement_state_name(static_cast<rules::RequirementState>(i)), counts[i]);
    }
    json.end_object();
    json.key("requirements");
    json.begin_array();
    for (const rules::RequirementRow& row : framework.rows) {
      json.begin_object();
      json.field("id", row.id);
      json.field("title", row.title);
      if (!row.korean_title.empty()) json.field("title_ko", row.korean_title);
      json.field("state", rules::requirement_state_name(row.state));
      json.field("reason", row.reason);
      json.key("rules");
      json.begin_array();
      for (size_t i = 0; i < row.rules.size(); ++i) {
        bool published = i < row.published.size() && row.published[i];
        json.begin_object();
        json.field("id", row.rules[i]);
        json.field("source", published ? "published mapping" : "assay");
        json.field("confidence", published ? "high" : "medium");
        json.end_object();
      }
      json.end_array();
      json.field("resources", row.resources);
      json.field("fail", row.fail);
      json.field("maybe", row.maybe);
      json.field("suppressed", row.suppressed);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string write_json(const Report& report, const WriteOptions&) {
  std::string out;
  Redactor redactor(report);
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.begin_object();
  json.field("version", 1);
  json.key("tool");
  json.begin_object();
  json.field("name", "assay");
  json.field("version", report.tool_version);
  json.end_object();
  json.key("findings");
  json.begin_array();
  std::vector<Names> names(report.rules.size());
  for (size_t i = 0; i < report.findings.size(); ++i) {
    write_finding(json, out, report, redactor, names, report.findings[i]);
    // Growing by doubling would hold a large report twice.
    if (i == kSampleFindings) out.reserve(out.size() / kSampleFindings * report.findings.size() / 8 * 9);
  }
  json.end_array();
  json.key("problems");
  json.begin_array();
  for (const core::Problem& problem : report.problems) {
    write_problem(json, *report.sources, redactor, problem);
  }
  json.end_array();
  json.key("coverage");
  json.begin_array();
  for (const rules::CoverageRow& row : report.coverage) {
    json.begin_object();
    json.field(row.is_root ? "root" : "file", row.path);
    json.key("format");
    if (row.format.empty()) json.null();
    else json.value(row.format);
    json.field("state", row.state);
    json.field("reason", row.reason);
    json.end_object();
  }
  json.end_array();
  if (!report.compliance.empty()) write_compliance(json, report.compliance);
  if (!report.comparison.against.empty()) write_comparison(json, redactor, report.comparison);
  const rules::Summary& summary = report.summary;
  json.key("summary");
  json.begin_object();
  json.field("files", summary.files);
  json.field("resources", summary.resources);
  json.field("rules", summary.rules);
  json.field("evaluations", summary.evaluations);
  json.field("fail", summary.fail);
  json.field("maybe", summary.maybe);
  json.field("suppressed", summary.suppressed);
  json.field("problems", summary.problems);
  json.field("duration_ms", summary.duration_ms);
  json.end_object();
  json.end_object();
  out += '\n';
  return out;
}

}  // namespace assay::report
