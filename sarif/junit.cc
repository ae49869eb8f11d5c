// JUnit XML (Jenkins's schema): a suite per file, a test case per finding. A finding is a failure; accepted, unchanged
// and possible ones are skipped, since they do not fail the scan; what could not be analysed is an error. A file
// without any has one case that passes, so that a clean scan is not an empty report.
#include <map>

#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/frame.h"
#include "sarif/places.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using rules::Finding;
using rules::Report;

constexpr size_t kMaxCaseName = 500;

struct Suite {
  uint64_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::string cases;
};

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + to_xml(value, true) + "\"";
}

std::string counts_of(const Suite& suite) {
  return attribute("tests", std::to_string(suite.tests)) + attribute("failures", std::to_string(suite.failures)) +
         attribute("errors", std::to_string(suite.errors));
}

void add_case(Suite& suite, std::string_view path, std::string_view name, const std::string& inside) {
  ++suite.tests;
  suite.cases +=
      "    <testcase" + attribute("name", shortened(name, kMaxCaseName)) + attribute("classname", path) + " time=\"0\"";
  suite.cases += inside.empty() ? "/>\n" : ">\n      " + inside + "\n    </testcase>\n";
}

// Why a finding does not fail the scan; "" when it does.
std::string reason_to_skip(const Finding& finding) {
  if (finding.suppressed) {
    const std::string& reason = finding.suppressed->reason;
    return "suppressed" + (reason.empty() ? "" : ": " + reason) +
           (finding.suppressed->until.empty() ? "" : " (until " + finding.suppressed->until + ")");
  }
  if (!rules::counts(finding)) return "unchanged";
  return finding.verdict == rules::Verdict::kMaybe ? "possible" : "";
}

std::string body(const Report& report, const Redactor& redactor, const Finding& finding, const core::Span& place) {
  const rules::RuleInfo& rule = report.rules[finding.rule];
  std::string out = message_of(finding, redactor) + "\n";
  if (place.valid()) out += place_text(report, place) + "\n\n" + frame_text(frame_of(report, redactor, place, 1));
  if (finding.origin.size() > 1) {
    out += "\n";
    for (const rules::OriginStep& step : finding.origin) {
      if (step.span.valid()) out += redactor.message(step.what) + ": " + place_text(report, step.span) + "\n";
    }
  }
  if (!rule.how.empty()) out += "\nHow to fix: " + rule.how + "\n";
  return out;
}

}  // namespace

std::string write_junit(const Report& report, const WriteOptions&) {
  Redactor redactor(report);
  std::map<std::string, Suite> suites;
  for (const Finding& finding : report.findings) {
    const rules::RuleInfo& rule = report.rules[finding.rule];
    core::Span place = place_of(finding);
    std::string path = place.valid() ? repository_path(report, place.file) : "(no file)";
    std::string name = rule_label(rule);
    if (!finding.resource.address.empty()) name += ": " + address_of(finding, redactor);
    if (place.valid()) name += " (line " + std::to_string(region_of(*report.sources, place).begin.line) + ")";
    Suite& suite = suites[path];
    std::string skip = redactor.message(reason_to_skip(finding));
    std::string message = message_of(finding, redactor);
    std::string type(rules::severity_name(finding.severity));
    if (skip.empty()) {
      ++suite.failures;
      add_case(suite, path, name,
               "<failure" + attribute("type", type) + attribute("message", message) + ">" +
                   to_xml(body(report, redactor, finding, place)) + "</failure>");
    } else {
      ++suite.skipped;
      add_case(suite, path, name, "<skipped" + attribute("message", skip + "; " + message) + "/>");
    }
  }
  for (const core::Problem& problem : report.problems) {
    if (problem.severity == core::ProblemSeverity::kNote) continue;
    std::string path = problem_path(report, problem);
    if (path.empty()) path = "(no file)";
    Suite& suite = suites[path];
    ++suite.errors;
    std::string message = redactor.message(problem.message);
    std::string where = place_text(report, problem.span);
    add_case(suite, path, "analysis: " + problem.code,
             "<error" + attribute("type", problem.code) + attribute("message", message) + ">" +
                 to_xml(message + (where.empty() ? "" : "\n" + where) + "\n") + "</error>");
  }
  for (const rules::CoverageRow& row : report.coverage) {
    if (row.is_root || (row.state != "evaluated" && row.state != "partial")) continue;
    std::string path = repository_path(report, row.path);
    if (!suites.contains(path)) add_case(suites[path], path, "no findings", "");
  }
  if (suites.empty()) add_case(suites["(no file)"], "(no file)", "no findings", "");

  Suite all;
  for (const auto& [path, suite] : suites) {
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
  }
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"Assay\"" + counts_of(all) + " time=\"0\">\n";
  for (const auto& [path, suite] : suites) {
    out += "  <testsuite" + attribute("name", path) + counts_of(suite) +
           attribute("skipped", std::to_string(suite.skipped)) + " time=\"0\">\n" + suite.cases + "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace assay::report
