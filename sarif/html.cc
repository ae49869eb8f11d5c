// The HTML report: one file that works offline and loads nothing. Charts, the list of findings with filters and search
// (html/report.js over the data of html_data.cc), compliance tables, what could not be analysed, and coverage. Its
// policy (CSP) allows the one script and the one style sheet by their hashes and nothing else; without scripts a plain
// table of the weightiest findings is shown.
#include <algorithm>

#include "parsers/core/base64.h"
#include "parsers/core/digest.h"
#include "sarif/compliance.h"
#include "sarif/escape.h"
#include "sarif/frame.h"
#include "sarif/html_parts.h"
#include "sarif/places.h"
#include "sarif/writer.h"

extern const char assay_html_style_begin[];
extern const char assay_html_style_end[];
extern const char assay_html_script_begin[];
extern const char assay_html_script_end[];

namespace assay::report {
namespace {

using rules::Finding;
using rules::Report;

constexpr size_t kPlainFindings = 200;  // of the table for readers without scripts
constexpr size_t kMostProblems = 2000;
constexpr size_t kMostCoverage = 5000;

std::string_view style() {
  return {assay_html_style_begin, static_cast<size_t>(assay_html_style_end - assay_html_style_begin)};
}
std::string_view script() {
  return {assay_html_script_begin, static_cast<size_t>(assay_html_script_end - assay_html_script_begin)};
}

std::string source_hash(std::string_view text) { return "'sha256-" + core::base64_encode(core::sha256(text)) + "'"; }

std::string tag(std::string_view name, std::string_view classes, const std::string& inner) {
  std::string out = "<" + std::string(name);
  if (!classes.empty()) out += " class=\"" + std::string(classes) + "\"";
  return out + ">" + inner + "</" + std::string(name) + ">";
}

void append_compliance(const rules::ComplianceReport& framework, std::string& out) {
  out += tag("h2", "", to_html(framework.title)) + "\n" + tag("p", "", to_html(requirement_summary(framework))) + "\n";
  if (!framework.part.empty()) out += tag("p", "note", "Listed: " + to_html(framework.part)) + "\n";
  out += "<table><thead><tr><th>State</th><th>Requirement</th><th>Title</th><th>Detail</th></tr></thead><tbody>\n";
  for (const rules::RequirementRow& row : framework.rows) {
    std::string title = to_html(row.title);
    if (!row.korean_title.empty()) title += "<br><span lang=\"ko\">" + to_html(row.korean_title) + "</span>";
    std::string state = "state " + std::string(rules::requirement_state_name(row.state));
    out += "<tr>" + tag("td", state, std::string(requirement_word(row.state))) + tag("td", "", to_html(row.id)) +
           tag("td", "", title) + tag("td", "note", to_html(requirement_detail(row))) + "</tr>\n";
  }
  out +=
      "</tbody></table>\n" +
      tag("p", "note", "Ids: " + to_html(framework.source) + ". Edges from rules: " + to_html(framework.edges) + ".") +
      "\n";
}

// For readers without scripts.
void append_plain_findings(const Report& report, const Redactor& redactor, const Ranking& ranking, std::string& out) {
  size_t shown = std::min(ranking.findings.size(), kPlainFindings);
  out += "<noscript>\n" +
         tag("p", "note",
             "Filters and search need scripts. The first " + std::to_string(shown) + " of " +
                 counted(ranking.findings.size(), "finding") + ":") +
         "\n<table><thead><tr><th>Severity</th><th>Rule</th><th>What and where</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < shown; ++i) {
    const Finding& finding = report.findings[ranking.findings[i]];
    const rules::RuleInfo& rule = report.rules[finding.rule];
    std::string severity(rules::severity_name(finding.severity));
    std::string words = severity + (finding.verdict == rules::Verdict::kMaybe ? " (possible)" : "");
    out +=
        "<tr>" + tag("td", "state " + severity, words) + tag("td", "", to_html(rule_label(rule))) +
        tag("td", "",
            to_html(message_of(finding, redactor)) + "<br>" + tag("code", "", to_html(address_of(finding, redactor))) +
                " " + tag("span", "note", to_html(place_text(report, place_of(finding))))) +
        "</tr>\n";
  }
  out += "</tbody></table>\n</noscript>\n";
}

constexpr std::string_view kTools = R"(<div id="tools" hidden>
<form id="filters" autocomplete="off">
<label class="field wide">Search <input type="search" name="search" placeholder="words in message, resource, rule or file; press /"></label>
<label class="field wide">File or directory <input type="text" name="file" list="folders"></label><datalist id="folders"></datalist>
<label class="field">Rule <select name="rule"><option value="">all</option></select></label>
<label class="field">Resource type <select name="type"><option value="">all</option></select></label>
<label class="field">Order <select name="order"><option value="severity">severity</option><option value="file">file</option><option value="rule">rule</option></select></label>
<fieldset><legend>Severity</legend><label><input type="checkbox" name="severity" value="4" checked> critical</label><label><input type="checkbox" name="severity" value="3" checked> high</label><label><input type="checkbox" name="severity" value="2" checked> medium</label><label><input type="checkbox" name="severity" value="1" checked> low</label><label><input type="checkbox" name="severity" value="0" checked> info</label></fieldset>
<fieldset><legend>Verdict</legend><label><input type="checkbox" name="verdict" value="0" checked> certain</label><label><input type="checkbox" name="verdict" value="1" checked> possible</label><label><input type="checkbox" name="verdict" value="2"> suppressed</label><label><input type="checkbox" name="verdict" value="3"> unchanged</label></fieldset>
<button type="reset">Reset</button>
</form>
<p id="count" role="status" aria-live="polite" tabindex="-1"></p>
<ol id="list"></ol>
<button type="button" id="more" hidden>Show more</button>
</div>
)";

void append_findings(const Report& report, const Redactor& redactor, const Ranking& ranking, const HtmlData& data,
                     std::string& out) {
  out += "<section id=\"findings\"><h2>Findings</h2>\n" + std::string(kTools);
  append_plain_findings(report, redactor, ranking, out);
  out += "</section>\n<script type=\"application/json\" id=\"data\">" + data.json + "</script>\n";
}

void append_gone(const Report& report, const Redactor& redactor, std::string& out) {
  const std::vector<rules::GoneFinding>& gone = report.comparison.gone;
  if (gone.empty()) return;
  out += "<details><summary>" + counted(gone.size(), "finding") + " fixed</summary><table><tbody>\n";
  for (const rules::GoneFinding& finding : gone) {
    std::string where = finding.file.empty() ? "" : repository_path(report, finding.file);
    if (finding.line > 0) where += ":" + std::to_string(finding.line);
    out +=
        "<tr>" + tag("td", "state", std::string(rules::severity_name(finding.severity))) +
        tag("td", "", to_html(finding.rule)) +
        tag("td", "",
            tag("code", "", to_html(redactor.message(finding.address))) + " " + tag("span", "note", to_html(where))) +
        "</tr>\n";
  }
  out += "</tbody></table></details>\n";
}

void append_problems(const Report& report, const Redactor& redactor, std::string& out) {
  if (report.problems.empty()) return;
  out += "<h2>Not analysed, or only in part</h2>\n<table><tbody>\n";
  for (size_t i = 0; i < std::min(report.problems.size(), kMostProblems); ++i) {
    const core::Problem& problem = report.problems[i];
    std::string where = problem.span.valid() ? place_text(report, problem.span) : problem_path(report, problem);
    std::string word(severity_word(problem.severity));
    out += "<tr>" + tag("td", "state " + word, word) +
           tag("td", "", to_html(redactor.message(problem.message)) + "<br>" + tag("span", "note", to_html(where))) +
           "</tr>\n";
  }
  out += "</tbody></table>\n";
  if (report.problems.size() > kMostProblems) {
    out += tag("p", "cut", "And " + counted(report.problems.size() - kMostProblems, "problem") + " more.") + "\n";
  }
}

void append_coverage(const Report& report, std::string& out) {
  if (report.coverage.empty()) return;
  out += "<h2>Coverage</h2>\n<details><summary>What was looked at: " + counted(report.coverage.size(), "row") +
         "</summary><table><thead><tr><th>State</th><th>What</th><th>Format</th><th>Reason</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < std::min(report.coverage.size(), kMostCoverage); ++i) {
    const rules::CoverageRow& row = report.coverage[i];
    out += "<tr>" + tag("td", "state " + row.state, to_html(row.state)) +
           tag("td", "", to_html(repository_path(report, row.path)) + (row.is_root ? " (root)" : "")) +
           tag("td", "", to_html(row.format)) + tag("td", "note", to_html(row.reason)) + "</tr>\n";
  }
  out += "</tbody></table>";
  if (report.coverage.size() > kMostCoverage) {
    out += tag("p", "cut", "And " + counted(report.coverage.size() - kMostCoverage, "row") + " more.");
  }
  out += "</details>\n";
}

}  // namespace

std::string write_html(const Report& report, const WriteOptions& options) {
  Redactor redactor(report);
  Ranking ranking = ranked(report);
  const rules::Summary& summary = report.summary;
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src " +
      source_hash(script()) + "; style-src " + source_hash(style()) +
      "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"referrer\" "
      "content=\"no-referrer\">"
      "<title>Assay: " +
      to_html(headline(report)) + "</title>\n<style>" + std::string(style()) + "</style></head><body>\n";
  out += "<a class=\"skip\" href=\"#findings\">To the findings</a>\n<header>\n" +
         tag("h1", "", "Assay: " + to_html(headline(report))) + "\n";
  out += tag("p", "note",
             counted(summary.resources, "resource") + " in " + counted(summary.files, "file") + ", " +
                 counted(summary.rules, "rule") + ", " + counted(summary.problems, "problem")) +
         "\n";
  if (!report.comparison.against.empty())
    out += tag("p", "", "Compared with " + to_html(report.comparison.against) + ".") + "\n";
  HtmlData data = html_data(report, redactor, ranking);
  std::vector<std::string> cuts;
  if (data.left_out > 0)
    cuts.push_back(counted(data.left_out, "finding") + " of the least severe left out, to keep the page usable");
  if (data.without_code > 0)
    cuts.push_back(counted(data.without_code, "finding") + " shown without code, to keep the page small");
  for (const std::string& words : cuts) {
    out += tag("p", "cut", words + ".") + "\n";
    if (options.left_out) options.left_out->push_back(words);
  }
  out += "</header>\n<main>\n" + html_charts(report, ranking);
  for (const rules::ComplianceReport& framework : report.compliance) append_compliance(framework, out);
  bool any = !report.findings.empty();
  if (any) append_findings(report, redactor, ranking, data, out);
  append_gone(report, redactor, out);
  append_problems(report, redactor, out);
  append_coverage(report, out);
  out += "</main>\n";
  if (any) out += "<script>" + std::string(script()) + "</script>\n";
  return out + "</body></html>\n";
}

}  // namespace assay::report
