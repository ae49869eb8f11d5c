#include "sarif/findings.h"

#include <algorithm>

#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "sarif/painter.h"

namespace assay::report {

using rules::Finding;
using rules::Report;

Ranking ranked(const Report& report) {
  Ranking out;
  for (uint32_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    if (rules::counts(finding))
      out.findings.push_back(i);
    else if (finding.suppressed)
      ++out.suppressed;
    else
      ++out.unchanged;
  }
  std::stable_sort(out.findings.begin(), out.findings.end(), [&](uint32_t a, uint32_t b) {
    const Finding& left = report.findings[a];
    const Finding& right = report.findings[b];
    if (left.severity != right.severity) return left.severity > right.severity;
    return left.verdict > right.verdict;
  });
  return out;
}

std::string message_of(const Finding& finding, const Redactor& redactor) {
  if (finding.verdict != rules::Verdict::kMaybe || finding.witness.empty()) return redactor.message(finding.message);
  return redactor.message(finding.message + ", when " + finding.witness);
}

std::string rule_label(const rules::RuleInfo& rule) { return rule.name.empty() ? rule.id : rule.id + " " + rule.name; }

std::string advice_of(const rules::RuleInfo& rule) {
  std::string_view text = core::trim(rule.how);
  std::string advice(core::trim(text.substr(0, std::min(text.find("\n\n"), text.find("```")))));
  std::replace(advice.begin(), advice.end(), '\n', ' ');
  return advice;
}

std::string address_of(const Finding& finding, const Redactor& redactor) {
  return redactor.message(finding.resource.address);
}

const rules::Fix* fix_of(const Finding& finding, const Report& report, const Redactor& redactor) {
  if (!finding.fix || finding.fix->edits.empty()) return nullptr;
  for (const rules::TextEdit& edit : finding.fix->edits) {
    if (!edit.span.valid() || edit.span.end > report.sources->text(edit.span.file).size()) return nullptr;
    if (redactor.message(edit.text) != edit.text) return nullptr;
  }
  return &*finding.fix;
}

core::Span place_of(const Finding& finding) {
  if (finding.region.valid()) return finding.region;
  return finding.resource.header.valid() ? finding.resource.header : finding.resource.extent;
}

std::string repository_path(const Report& report, std::string_view path) {
  if (core::is_absolute(path)) return core::normalize_path(path);
  return core::normalize_path(report.repository_prefix + std::string(path));
}

std::string problem_path(const Report& report, const core::Problem& problem) {
  if (problem.span.valid()) return repository_path(report, problem.span.file);
  return problem.path.empty() ? std::string() : repository_path(report, problem.path);
}

std::string headline(const Report& report) {
  uint64_t fail = 0, maybe = 0;
  Ranking ranking = ranked(report);
  for (uint32_t index : ranking.findings) {
    ++(report.findings[index].verdict == rules::Verdict::kMaybe ? maybe : fail);
  }
  std::string out = counted(fail, report.comparison.against.empty() ? "finding" : "new finding");
  if (maybe > 0) out += ", " + std::to_string(maybe) + " possible";
  if (ranking.suppressed > 0) out += ", " + std::to_string(ranking.suppressed) + " suppressed";
  if (ranking.unchanged > 0) out += ", " + std::to_string(ranking.unchanged) + " unchanged";
  if (!report.comparison.gone.empty()) out += ", " + std::to_string(report.comparison.gone.size()) + " fixed";
  return out;
}

}  // namespace assay::report
