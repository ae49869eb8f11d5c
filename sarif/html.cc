// The HTML report: one file that works offline and loads nothing. Compliance tables, findings with their line of code,
// and what could not be analysed.
#include <algorithm>

#include "sarif/compliance.h"
#include "sarif/places.h"
#include "sarif/redact.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using rules::Finding;
using rules::Report;

constexpr size_t kMaxCode = 300;  // bytes of a line that are shown

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .5rem .7rem; border-radius: .3rem; overflow-x: auto; margin: .4rem 0 0; }
mark { background: #fc06; color: inherit; border-bottom: 2px solid #d70; }
.note { color: #888; }
.state { white-space: nowrap; font-weight: 600; }
.fail, .critical, .high { color: #c62828; } .pass { color: #2e7d32; } .undecided, .medium { color: #b26a00; }
.no-resource, .not-assessed, .info { color: #888; } .low { color: #1565c0; }
)";

std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string tag(std::string_view name, std::string_view classes, const std::string& inner) {
  std::string out = "<" + std::string(name);
  if (!classes.empty()) out += " class=\"" + std::string(classes) + "\"";
  return out + ">" + inner + "</" + std::string(name) + ">";
}

std::string place(const Report& report, const core::Span& span) {
  core::Position at = report.sources->lines(span.file).position(span.begin);
  return report.sources->path(span.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

// The first line of the region, with the region marked and secrets hidden.
std::string code(const Report& report, const Redactor& redactor, const core::Span& span) {
  const core::LineIndex& lines = report.sources->lines(span.file);
  uint32_t number = lines.position(span.begin).line;
  uint32_t start = lines.offset({number, 1});
  auto end = static_cast<uint32_t>(start + lines.line_text(number).size());
  uint32_t from = std::clamp(span.begin, start, end);
  uint32_t to = std::clamp(span.end, from, end);
  if (from - start > kMaxCode) start = from - kMaxCode;
  end = std::min<uint32_t>(end, std::max<uint32_t>(to, start) + kMaxCode);
  auto part = [&](uint32_t a, uint32_t b) {
    return escape(redactor.source({span.file, a, b}, Redactor::Width::kDisplay));
  };
  return tag("pre", "", part(start, from) + tag("mark", "", part(from, to)) + part(to, end));
}

void append_compliance(const rules::ComplianceReport& framework, std::string& out) {
  out += tag("h2", "", escape(framework.title)) + "\n" + tag("p", "", escape(requirement_summary(framework))) + "\n";
  if (!framework.part.empty()) out += tag("p", "note", "Listed: " + escape(framework.part)) + "\n";
  out += "<table><thead><tr><th>State</th><th>Requirement</th><th>Title</th><th>Detail</th></tr></thead><tbody>\n";
  for (const rules::RequirementRow& row : framework.rows) {
    std::string title = escape(row.title);
    if (!row.korean_title.empty()) title += "<br><span lang=\"ko\">" + escape(row.korean_title) + "</span>";
    std::string state = "state " + std::string(rules::requirement_state_name(row.state));
    out += "<tr>" + tag("td", state, std::string(requirement_word(row.state))) + tag("td", "", escape(row.id)) +
           tag("td", "", title) + tag("td", "note", escape(requirement_detail(row))) + "</tr>\n";
  }
  out += "</tbody></table>\n" + tag("p", "note", "Ids: " + escape(framework.source) + ". Edges from rules: " +
                                                     escape(framework.edges) + ".") + "\n";
}

void append_findings(const Report& report, const Redactor& redactor, std::string& out) {
  out += "<h2>Findings</h2>\n<table><thead><tr><th>Severity</th><th>Rule</th><th>What and where</th></tr></thead><tbody>\n";
  for (const Finding& finding : report.findings) {
    if (finding.suppressed) continue;
    const rules::RuleInfo& rule = report.rules[finding.rule];
    std::string severity(rules::severity_name(finding.severity));
    std::string shown = severity + (finding.verdict == rules::Verdict::kMaybe ? " (maybe)" : "");
    std::string what = escape(redactor.message(finding.message));
    if (!finding.witness.empty()) what += " " + tag("span", "note", escape(redactor.message(finding.witness)));
    what += "<br>" + tag("code", "", escape(finding.resource.address));
    if (finding.region.valid()) {
      what += " " + tag("span", "note", escape(place(report, finding.region))) + code(report, redactor, finding.region);
    }
    out += "<tr>" + tag("td", "state " + severity, shown) + tag("td", "", escape(rule.id) + "<br>" + escape(rule.name)) +
           tag("td", "", what) + "</tr>\n";
  }
  out += "</tbody></table>\n";
}

}  // namespace

std::string write_html(const Report& report, const WriteOptions&) {
  Redactor redactor(report);
  const rules::Summary& summary = report.summary;
  std::string head = counted(summary.fail, "finding");
  if (summary.maybe > 0) head += ", " + std::to_string(summary.maybe) + " possible";
  if (summary.suppressed > 0) head += ", " + std::to_string(summary.suppressed) + " suppressed";
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta name=\"viewport\" content=\"width=device-width\"><title>Assay report</title><style>" +
                    std::string(kStyle) + "</style></head><body>\n";
  out += tag("h1", "", "Assay: " + head) + "\n";
  out += tag("p", "", counted(summary.resources, "resource") + " in " + counted(summary.files, "file") + ", " +
                          counted(summary.rules, "rule") + ", " + counted(summary.problems, "problem")) + "\n";
  for (const rules::ComplianceReport& framework : report.compliance) append_compliance(framework, out);
  bool any = std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& f) { return !f.suppressed; });
  if (any) append_findings(report, redactor, out);
  if (!report.problems.empty()) {
    out += "<h2>Not analysed, or only in part</h2>\n<table><tbody>\n";
    for (const core::Problem& problem : report.problems) {
      std::string where = problem.span.valid() ? place(report, problem.span) : problem.path;
      out += "<tr>" + tag("td", "", std::string(severity_word(problem.severity))) +
             tag("td", "", escape(redactor.message(problem.message)) + "<br>" + tag("span", "note", escape(where))) + "</tr>\n";
    }
    out += "</tbody></table>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace assay::report
