// Bar charts as inline SVG: no script draws them, colours come from the style sheet, and each bar can be reached by
// keyboard.
#include <algorithm>
#include <array>
#include <map>

#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "sarif/escape.h"
#include "sarif/html_parts.h"
#include "sarif/painter.h"

namespace assay::report {
namespace {

constexpr size_t kMostBars = 8;
constexpr size_t kLabelCharacters = 25;
constexpr int kWidth = 420, kRow = 24, kLabelWidth = 186, kCountWidth = 46;

struct Bar {
  std::string label, value, style;
  uint64_t count = 0;
};

// As much of a label as fits: of a path its end, of a rule its beginning says more.
std::string fitted(const std::string& text, bool path) {
  std::vector<size_t> starts;
  for (size_t at = 0; at < text.size(); at += core::decode_utf8(text, at).length) starts.push_back(at);
  if (starts.size() <= kLabelCharacters) return text;
  if (!path) return text.substr(0, starts[kLabelCharacters - 1]) + "\u2026";
  return "\u2026" + text.substr(starts[starts.size() - kLabelCharacters + 1]);
}

std::string chart(const std::string& title, std::string_view filter, const std::vector<Bar>& bars) {
  if (bars.empty()) return "";
  uint64_t most = 1;
  for (const Bar& bar : bars) most = std::max(most, bar.count);
  std::string out = "<figure><figcaption>" + to_html(title) + "</figcaption><svg viewBox=\"0 0 " +
                    std::to_string(kWidth) + " " + std::to_string(kRow * static_cast<int>(bars.size())) +
                    "\" role=\"group\" aria-label=\"" + to_html(title) + "\">\n";
  int y = 0;
  for (const Bar& bar : bars) {
    auto width = static_cast<uint64_t>(kWidth - kLabelWidth - kCountWidth) * bar.count / most;
    std::string number = std::to_string(bar.count);
    std::string label = to_html(bar.label);
    out += "<g class=\"bar\" role=\"button\" tabindex=\"0\" data-filter=\"" + std::string(filter) + "\" data-value=\"" +
           to_html(bar.value) + "\">";
    out += "<rect class=\"hit\" x=\"0\" y=\"" + std::to_string(y) + "\" width=\"" + std::to_string(kWidth) +
           "\" height=\"" + std::to_string(kRow) + "\"><title>" + label + ": " + number + "</title></rect>";
    out += "<text x=\"2\" y=\"" + std::to_string(y + 16) + "\">" + to_html(fitted(bar.label, filter == "file")) +
           "</text>";
    out += "<rect class=\"fill" + (bar.style.empty() ? "" : " " + bar.style) + "\" x=\"" + std::to_string(kLabelWidth) +
           "\" y=\"" + std::to_string(y + 5) + "\" width=\"" +
           std::to_string(std::max<uint64_t>(width, bar.count > 0 ? 2 : 0)) + "\" height=\"14\" rx=\"2\"/>";
    out += "<text x=\"" + std::to_string(kLabelWidth + static_cast<int>(width) + 6) + "\" y=\"" +
           std::to_string(y + 16) + "\">" + number + "</text></g>\n";
    y += kRow;
  }
  return out + "</svg></figure>\n";
}

// The largest first, equal ones by name.
std::vector<Bar> largest(const std::map<std::string, Bar>& all) {
  std::vector<Bar> out;
  for (const auto& [key, bar] : all) out.push_back(bar);
  std::stable_sort(out.begin(), out.end(), [](const Bar& a, const Bar& b) { return a.count > b.count; });
  if (out.size() > kMostBars) out.resize(kMostBars);
  return out;
}

}  // namespace

std::string html_charts(const rules::Report& report, const Ranking& ranking) {
  if (ranking.findings.empty()) return "";
  std::array<uint64_t, 5> severities{};
  std::map<std::string, Bar> rules, folders;
  for (uint32_t index : ranking.findings) {
    const rules::Finding& finding = report.findings[index];
    const rules::RuleInfo& rule = report.rules[finding.rule];
    ++severities[static_cast<size_t>(finding.severity)];
    Bar& of_rule = rules[rule.id];
    if (of_rule.count++ == 0)
      of_rule = {rule_label(rule), rule.id, std::string(rules::severity_name(finding.severity)), 1};
    core::Span place = place_of(finding);
    if (!place.valid()) continue;
    std::string path = repository_path(report, place.file);
    std::string folder(core::parent_path(path));
    Bar& of_folder = folders[folder];
    if (of_folder.count++ == 0)
      of_folder = {folder.empty() ? path : folder + "/", folder.empty() ? path : folder + "/", "", 1};
    if (folder.empty() && of_folder.label != path) of_folder.label = "(top)";
    if (of_folder.label == "(top)") of_folder.value.clear();
  }
  std::vector<Bar> by_severity;
  for (size_t i = severities.size(); i-- > 0;) {
    std::string name(rules::severity_name(static_cast<rules::Severity>(i)));
    by_severity.push_back({name, name, name, severities[i]});
  }
  auto title = [](std::string_view noun, size_t all) {
    return all > kMostBars
               ? "The " + std::to_string(kMostBars) + " largest of " + std::to_string(all) + " " + std::string(noun)
               : "By " + std::string(noun == "rules" ? "rule" : "directory");
  };
  return "<section class=\"charts\" aria-label=\"Charts\">\n" + chart("By severity", "severity", by_severity) +
         chart(title("rules", rules.size()), "rule", largest(rules)) +
         chart(title("directories", folders.size()), "file", largest(folders)) + "</section>\n";
}

}  // namespace assay::report
