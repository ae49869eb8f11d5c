// GitLab's security report for static analysis (security-report-schemas, sast-report-format). Texts are GitLab Flavored
// Markdown, lengths are limited by the schema. The schema wants the time of the scan; reports hold no clock, so that
// equal inputs give equal bytes: it is always the epoch.
#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/places.h"
#include "sarif/sarif_texts.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using core::JsonWriter;
using rules::Finding;
using rules::Report;
using rules::RuleInfo;

constexpr std::string_view kSchemaVersion = "15.2.1";
constexpr std::string_view kNoTime = "1970-01-01T00:00:00";
constexpr size_t kMaxName = 255, kMaxSolution = 7000, kMaxDescription = 100'000;  // the schema has 1,048,576
constexpr size_t kMaxIdentifiers = 20;                                            // GitLab ignores more
constexpr size_t kMaxFlow = 100;

void write_tool(JsonWriter& json, std::string_view key, const std::string& version) {
  json.key(key).begin_object();
  json.field("id", "assay").field("name", "Assay").field("url", ASSAY_HOMEPAGE);
  json.field("version", version.empty() ? "0" : version);
  json.key("vendor").begin_object().field("name", "Assay").end_object();
  json.end_object();
}

std::string_view severity_of(rules::Severity severity) {
  static constexpr std::string_view kWords[] = {"Info", "Low", "Medium", "High", "Critical"};
  return kWords[static_cast<size_t>(severity)];
}

void write_identifiers(JsonWriter& json, const RuleInfo& rule) {
  json.key("identifiers").begin_array();
  size_t count = 0;
  auto write = [&](std::string_view type, std::string_view name, std::string_view value, const std::string& url) {
    if (value.empty() || count++ >= kMaxIdentifiers) return;
    json.begin_object().field("type", type).field("name", name).field("value", value);
    if (!url.empty()) json.field("url", url);
    json.end_object();
  };
  write("assay", rule_label(rule), rule.id, "");
  for (const std::string& cwe : rule.cwe) {
    size_t digits = cwe.find_first_of("0123456789");
    if (digits == std::string::npos) continue;
    std::string number = cwe.substr(digits);
    write("cwe", "CWE-" + number, number, "https://cwe.mitre.org/data/definitions/" + to_uri(number) + ".html");
  }
  for (const rules::Alias& alias : rule.aliases) {
    write(alias.tool.empty() ? "alias" : alias.tool, alias.id, alias.id, "");
  }
  json.end_array();
}

void write_file_location(JsonWriter& json, const Report& report, const core::Span& span) {
  Region region = region_of(*report.sources, span);
  json.begin_object().field("type", "file-location");
  json.field("file_name", repository_path(report, span.file));
  json.field("line_start", region.begin.line).field("line_end", last_line(region));
  json.end_object();
}

void write_details(JsonWriter& json, const Report& report, const Redactor& redactor, const Finding& finding) {
  json.key("details").begin_object();
  auto text = [&](std::string_view key, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    json.key(key).begin_object().field("type", "text").field("name", name).field("value", value).end_object();
  };
  text("resource", "Resource", address_of(finding, redactor));
  if (finding.verdict == rules::Verdict::kMaybe) {
    text("verdict", "Verdict",
         "possible; it depends on " +
             (finding.depends_on.empty() ? "unknown inputs" : redactor.message(core::join(finding.depends_on, ", "))));
  }
  std::vector<core::Span> steps;
  for (const rules::OriginStep& step : finding.origin) {
    if (step.span.valid() && steps.size() < kMaxFlow) steps.push_back(step.span);
  }
  if (steps.size() > 1) {
    json.key("origin").begin_object().field("type", "code-flows").field("name", "Origin of the value");
    json.key("items").begin_array().begin_array();
    for (size_t i = 0; i < steps.size(); ++i) {
      json.begin_object().field("type", "code-flow-node");
      json.field("node_type", i == 0 ? "source" : i + 1 == steps.size() ? "sink" : "propagation");
      json.key("file_location");
      write_file_location(json, report, steps[i]);
      json.end_object();
    }
    json.end_array().end_array().end_object();
  }
  json.end_object();
}

void write_vulnerability(JsonWriter& json, const Report& report, const Redactor& redactor, const Finding& finding) {
  const RuleInfo& rule = report.rules[finding.rule];
  json.begin_object();
  json.field("id", guid(finding.fingerprint));
  json.field("name", shortened(rule.title.empty() ? rule_label(rule) : rule.title, kMaxName));
  std::string description = to_markdown(message_of(finding, redactor)) + "\n";
  for (const std::string* section : {&rule.what, &rule.why}) {
    if (!section->empty()) description += "\n" + to_markdown_prose(*section) + "\n";
  }
  json.field("description", shortened(description, kMaxDescription));
  json.field("severity", severity_of(finding.severity));
  if (!rule.how.empty()) json.field("solution", shortened(rule.how, kMaxSolution));
  write_identifiers(json, rule);
  core::Span place = place_of(finding);
  std::string path = place.valid() ? repository_path(report, place.file) : ".";
  uint32_t begin = 1, end = 1;
  if (place.valid()) {
    Region region = region_of(*report.sources, place);
    begin = region.begin.line;
    end = last_line(region);
  }
  auto lines = [&] { json.field("file", path).field("start_line", begin).field("end_line", end); };
  json.key("location").begin_object();
  lines();
  json.end_object();
  // Lines move; what the finding is about does not.
  json.key("tracking").begin_object().field("type", "source");
  json.key("items").begin_array().begin_object();
  lines();
  json.key("signatures").begin_array().begin_object().field("algorithm", "hash").field("value", finding.fingerprint);
  json.end_object().end_array().end_object().end_array().end_object();
  write_details(json, report, redactor, finding);
  json.end_object();
}

}  // namespace

std::string write_gitlab_sast(const Report& report, const WriteOptions&) {
  Redactor redactor(report);
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kCompact);
  json.begin_object();
  json.field("version", kSchemaVersion);
  json.key("scan").begin_object();
  write_tool(json, "analyzer", report.tool_version);
  write_tool(json, "scanner", report.tool_version);
  json.field("type", "sast").field("start_time", kNoTime).field("end_time", kNoTime);
  json.field("status", report.exit_code == 2 || report.exit_code > 100 ? "failure" : "success");
  json.key("messages").begin_array();
  for (const core::Problem& problem : report.problems) {
    bool note = problem.severity == core::ProblemSeverity::kNote;
    std::string where = problem_path(report, problem);
    json.begin_object().field("level", note ? "info" : "warn");
    json.field("value", problem.code + ": " + (where.empty() ? "" : where + ": ") + redactor.message(problem.message));
    json.end_object();
  }
  json.end_array().end_object();
  json.key("vulnerabilities").begin_array();
  for (uint32_t index : ranked(report).findings) write_vulnerability(json, report, redactor, report.findings[index]);
  json.end_array().end_object();
  return out + "\n";
}

}  // namespace assay::report
