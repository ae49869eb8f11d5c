// Workflow commands, which GitHub Actions turns into annotations: ::error file=...,line=...::message. The runner keeps
// ten of each kind a step, so the weightiest come first, and the last line says what is not shown. That line holds no
// text of the scanned code: any line of a log could be a command.
#include <array>

#include "sarif/escape.h"
#include "sarif/findings.h"
#include "sarif/painter.h"
#include "sarif/places.h"
#include "sarif/writer.h"

namespace assay::report {
namespace {

using rules::Finding;
using rules::Report;
using rules::Severity;

constexpr size_t kMaxOfKind = 10;
constexpr size_t kMaxTitle = 255;
constexpr size_t kMaxAdvice = 1000;
constexpr size_t kMaxMessage = 4000;

enum Kind : size_t { kError, kWarning, kNotice, kKinds };
constexpr std::array<std::string_view, kKinds> kNames = {"error", "warning", "notice"};

Kind kind_of(const Finding& finding) {
  if (finding.verdict == rules::Verdict::kMaybe) return finding.severity >= Severity::kHigh ? kWarning : kNotice;
  if (finding.severity >= Severity::kHigh) return kError;
  return finding.severity == Severity::kMedium ? kWarning : kNotice;
}

class Annotations {
 public:
  explicit Annotations(const Report& report) : report_(report) {}

  void add(Kind kind, const core::Span& span, const std::string& path, const std::string& title,
           const std::string& message) {
    ++seen_[kind];
    if (seen_[kind] > kMaxOfKind) return;
    std::string& out = lines_[kind];
    std::string properties;
    auto property = [&](std::string_view name, std::string_view value) {
      properties += (properties.empty() ? " " : ",") + std::string(name) + "=" + to_command_property(value);
    };
    if (!path.empty()) property("file", path);
    if (span.valid()) {
      Region region = region_of(*report_.sources, span);
      property("line", std::to_string(region.begin.line));
      property("endLine", std::to_string(region.end.line));
      // GitHub wants columns only for places within a line.
      if (region.begin.line == region.end.line) {
        property("col", std::to_string(region.begin.column));
        property("endColumn", std::to_string(region.end.column));
      }
    }
    property("title", shortened(title, kMaxTitle));
    out +=
        "::" + std::string(kNames[kind]) + properties + "::" + to_command_data(shortened(message, kMaxMessage)) + "\n";
  }

  std::string text() const { return lines_[kError] + lines_[kWarning] + lines_[kNotice]; }
  // "3 errors, 40 notices" of those not shown; "" when all are.
  std::string not_shown() const {
    std::string out;
    for (size_t kind = 0; kind < kKinds; ++kind) {
      if (seen_[kind] <= kMaxOfKind) continue;
      out += (out.empty() ? "" : ", ") + counted(seen_[kind] - kMaxOfKind, kNames[kind]);
    }
    return out;
  }

 private:
  const Report& report_;
  std::array<uint64_t, kKinds> seen_{};
  std::array<std::string, kKinds> lines_;
};

}  // namespace

std::string write_github(const Report& report, const WriteOptions& options) {
  Redactor redactor(report);
  Annotations annotations(report);
  for (uint32_t index : ranked(report).findings) {
    const Finding& finding = report.findings[index];
    const rules::RuleInfo& rule = report.rules[finding.rule];
    std::string title = rule_label(rule) + " (" + std::string(rules::severity_name(finding.severity)) +
                        (finding.verdict == rules::Verdict::kMaybe ? ", possible)" : ")");
    std::string message = message_of(finding, redactor);
    if (!finding.resource.address.empty()) message += "\nResource: " + address_of(finding, redactor);
    std::string advice = advice_of(rule);
    if (!advice.empty()) message += "\nHow to fix: " + shortened(advice, kMaxAdvice);
    core::Span place = place_of(finding);
    annotations.add(kind_of(finding), place, place.valid() ? repository_path(report, place.file) : "", title, message);
  }
  for (const core::Problem& problem : report.problems) {
    if (problem.severity == core::ProblemSeverity::kNote) continue;
    Kind kind = problem.severity == core::ProblemSeverity::kError ? kError : kWarning;
    annotations.add(kind, problem.span, problem_path(report, problem), "Not analysed: " + problem.code,
                    redactor.message(problem.message));
  }
  std::string out = annotations.text();
  std::string rest = annotations.not_shown();
  out += "Assay: " + headline(report) + ", " + counted(report.summary.problems, "problem");
  if (!rest.empty()) {
    out += "; not shown above: " + rest;
    if (options.left_out) {
      options.left_out->push_back("Annotations leave out " + rest + ", since GitHub takes ten of each kind a step");
    }
  }
  return out + "\n";
}

}  // namespace assay::report
