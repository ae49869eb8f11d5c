#include "sarif/sarif_texts.h"

#include <algorithm>

#include "parsers/core/digest.h"
#include "parsers/core/text.h"
#include "sarif/escape.h"

namespace assay::report {

using rules::RuleInfo;
using rules::Severity;

namespace {
constexpr size_t kMaxTags = 20;
}

std::string_view security_severity(Severity severity) {
  static constexpr std::string_view kScores[] = {"1.0", "3.0", "5.5", "8.0", "9.5"};
  return kScores[static_cast<size_t>(severity)];
}

int sarif_rank(Severity severity) {
  static constexpr int kRanks[] = {10, 30, 55, 80, 95};
  return kRanks[static_cast<size_t>(severity)];
}

std::string_view sarif_level(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
    case Severity::kHigh:
      return "error";
    case Severity::kMedium:
      return "warning";
    default:
      return "note";
  }
}

std::string sentence(std::string text, size_t most) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
  if (text.size() + 1 > most) text = shortened(text, most - 1);
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

std::string pascal_case(std::string_view name) {
  std::string out;
  bool up = true;
  for (char c : name) {
    if (c == '-') {
      up = true;
    } else {
      out += up ? core::to_upper(c) : c;
      up = false;
    }
  }
  return out;
}

std::string guid(std::string_view text) {
  std::string hex = core::to_hex(core::sha1(text)).substr(0, 32);
  hex[12] = '4';
  hex[16] = 'a';
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

std::string help_markdown(const RuleInfo& rule) {
  std::string out = "# " + rule.title + "\n";
  for (const auto& [heading, body] : {std::pair{"What it does", &rule.what}, std::pair{"Why it matters", &rule.why},
                                      std::pair{"How to fix", &rule.how}}) {
    if (!body->empty()) out += "\n## " + std::string(heading) + "\n" + *body + "\n";
  }
  std::string aliases;
  for (const rules::Alias& alias : rule.aliases) {
    aliases += (aliases.empty() ? "" : ", ") + ("`" + alias.id + "`") + " (" + alias.tool + ")";
  }
  if (!aliases.empty()) out += "\nAlso known as: " + aliases + "\n";
  return out;
}

std::vector<std::string> sarif_tags(const RuleInfo& rule) {
  std::vector<std::string> out;
  auto add = [&](std::string tag) {
    if (out.size() < kMaxTags && std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(std::move(tag));
  };
  add("security");
  for (const std::string& cwe : rule.cwe) add("external/cwe/" + core::to_lower_ascii(cwe));
  for (const std::string& format : rule.formats) add(format);
  for (const std::string& tag : rule.tags) add(tag);
  return out;
}

}  // namespace assay::report
