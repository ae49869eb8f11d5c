// The Markdown report, for pull request comments and wikis: a table of findings, what could not be analysed, and
// compliance tables. Cells never break the table: pipes, line breaks and markup of messages are escaped.
#include "sarif/compliance.h"
#include "sarif/places.h"
#include "sarif/redact.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using rules::Finding;
using rules::Report;

// A text as one cell: markup characters lose their meaning.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (std::string_view("\\`*_[]<>|#").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// `path:3:7`, as code; a path with a backtick gets a longer fence.
std::string place(const Report& report, const core::Span& span) {
  if (!span.valid()) return "";
  core::Position at = report.sources->lines(span.file).position(span.begin);
  std::string text = report.sources->path(span.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
  for (char& c : text) c = c == '|' || c == '\n' ? '?' : c;
  std::string fence = text.find('`') == std::string::npos ? "`" : "``";
  return fence + text + fence;
}

void append_findings(const Report& report, const Redactor& redactor, std::string& out) {
  bool any = false;
  for (const Finding& finding : report.findings) {
    if (finding.suppressed) continue;
    if (!any) out += "| Severity | Rule | Where | What | Resource |\n|---|---|---|---|---|\n";
    any = true;
    const rules::RuleInfo& rule = report.rules[finding.rule];
    std::string severity(rules::severity_name(finding.severity));
    if (finding.verdict == rules::Verdict::kMaybe) severity += " (maybe)";
    std::string message = redactor.message(finding.message);
    if (!finding.witness.empty()) message += " (" + redactor.message(finding.witness) + ")";
    out += "| " + severity + " | " + rule.id + " " + cell(rule.name) + " | " + place(report, finding.region) + " | " +
           cell(message) + " | " + cell(finding.resource.address) + " |\n";
  }
  if (any) out += "\n";
}

void append_compliance(const rules::ComplianceReport& framework, std::string& out) {
  out += "## " + cell(framework.title) + "\n\n" + requirement_summary(framework) + "\n\n";
  if (!framework.part.empty()) out += "Listed: " + cell(framework.part) + ".\n\n";
  out += "| State | Requirement | Title | Detail |\n|---|---|---|---|\n";
  for (const rules::RequirementRow& row : framework.rows) {
    bool loud = row.state == rules::RequirementState::kFail;
    std::string word(requirement_word(row.state));
    out += "| " + (loud ? "**" + word + "**" : word) + " | " + cell(row.id) + " | " + cell(row.title);
    if (!row.korean_title.empty()) out += " (" + cell(row.korean_title) + ")";
    out += " | " + cell(requirement_detail(row)) + " |\n";
  }
  out += "\nIds: " + cell(framework.source) + ". Edges from rules: " + cell(framework.edges) + ".\n\n";
}

}  // namespace

std::string write_markdown(const Report& report, const WriteOptions&) {
  Redactor redactor(report);
  const rules::Summary& summary = report.summary;
  std::string out = "# Assay: " + counted(summary.fail, "finding");
  if (summary.maybe > 0) out += ", " + std::to_string(summary.maybe) + " possible";
  if (summary.suppressed > 0) out += ", " + std::to_string(summary.suppressed) + " suppressed";
  out += "\n\n" + counted(summary.resources, "resource") + " in " + counted(summary.files, "file") + ", " +
         counted(summary.rules, "rule") + ".\n\n";
  append_findings(report, redactor, out);
  for (const rules::ComplianceReport& framework : report.compliance) append_compliance(framework, out);
  if (!report.problems.empty()) {
    out += "## Not analysed, or only in part\n\n| Where | What |\n|---|---|\n";
    for (const core::Problem& problem : report.problems) {
      std::string where = problem.span.valid() ? place(report, problem.span) : cell(problem.path);
      out += "| " + where + " | " + cell(severity_word(problem.severity)) + ": " + cell(redactor.message(problem.message)) + " |\n";
    }
    out += "\n";
  }
  return out;
}

}  // namespace assay::report
