// Completion: rules in suppressions, keys of assay.yaml.
#include <algorithm>

#include "analyzer/lsp/features.h"
#include "analyzer/pipeline/config_keys.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::lsp {
namespace {

constexpr int kPropertyItem = 10, kValueItem = 12, kReferenceItem = 18;  // of the protocol

bool is_word(char c) { return core::is_alpha(c) || core::is_digit(c) || c == '-' || c == '_'; }

// Rules that were run, with what each says.
std::vector<Completion> rule_ids(Query& query, const Range& range) {
  std::vector<Completion> out;
  for (const auto& area : query.analysis.areas) {
    if (!area->scan) continue;
    for (const rules::RuleInfo& rule : area->scan->report.rules) out.push_back({rule.id, rule.name, rule.title, kReferenceItem, range});
    break;
  }
  return out;
}

// What may stand behind a key; empty where anything may.
std::vector<std::string_view> values_of(pipeline::Shape shape) {
  using pipeline::Shape;
  switch (shape) {
    case Shape::kFlag: return {"true", "false"};
    case Shape::kSeverity:
    case Shape::kSeverities: return {"critical", "high", "medium", "low", "info"};
    case Shape::kFailOn: return {"critical", "high", "medium", "low", "info", "none"};
    case Shape::kLevel: return {"privileged", "baseline", "restricted"};
    case Shape::kFormats: return pipeline::config_formats();
    default: return {};
  }
}

const pipeline::ConfigKey* find_key(const std::vector<pipeline::ConfigKey>& keys, std::string_view name) {
  auto found = std::find_if(keys.begin(), keys.end(), [&](const pipeline::ConfigKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Completion> completions(Query& query, Position position) {
  const Lines& lines = *query.lines();
  uint32_t offset = query.offset(position);
  uint32_t number = lines.line_of(offset);
  uint32_t start = lines.line_start(number);
  std::string_view line = lines.line(number);
  std::string_view before = line.substr(0, std::min<size_t>(offset - std::min(offset, start), line.size()));
  size_t word = before.size();
  while (word > 0 && is_word(before[word - 1])) --word;
  size_t end = before.size();
  while (end < line.size() && is_word(line[end])) ++end;
  Range range = query.range(start + static_cast<uint32_t>(word), start + static_cast<uint32_t>(end));

  // "# assay:ignore ID,ID|": ids are in front of the reason.
  size_t directive = before.rfind("assay:ignore");
  if (directive != std::string_view::npos) {
    std::string_view list = before.substr(directive + 12, word - std::min(word, directive + 12));
    bool in_list = true;  // blanks, and words that end in a comma
    size_t comma = list.find_last_not_of(" \t");
    if (comma != std::string_view::npos && list[comma] != ',') in_list = false;
    if (in_list && word > directive + 12) return rule_ids(query, range);
    if (before.size() == directive + 12) return {};
  }

  std::string_view name = core::base_name(query.path);
  if (name != "assay.yaml" && name != ".assay.yaml") return {};
  std::string_view head = before.substr(0, word);
  size_t indent = head.find_first_not_of(' ');
  if (indent == std::string_view::npos) indent = head.size();
  bool item = indent < head.size() && head[indent] == '-' && core::trim(head.substr(indent + 1)).empty();
  // The key of the top level that the line belongs to.
  std::string_view section;
  if (indent > 0 || item) {
    for (uint32_t above = number; above-- > 0;) {
      std::string_view text = lines.line(above);
      if (text.empty() || text[0] == ' ' || text[0] == '#' || text[0] == '-') continue;
      section = core::trim(text.substr(0, text.find(':')));
      break;
    }
  }
  bool key_place = core::trim(head).empty() || item;
  const std::vector<pipeline::ConfigKey>* keys = nullptr;
  if (key_place && indent == 0 && !item) keys = &pipeline::config_keys();
  else if (key_place && section == "suppressions") keys = &pipeline::suppression_keys();
  else if (key_place && section == "overrides") keys = &pipeline::override_keys();
  bool rule_place = (head.ends_with("rule: ") && section == "suppressions") || ((section == "rules" || section == "skip-rules") && item) ||
                    (section == "severities" && key_place && !item) ||
                    ((core::trim(head).starts_with("rules: [") || core::trim(head).starts_with("skip-rules: [")));
  if (rule_place) return rule_ids(query, range);
  std::vector<Completion> out;
  if (!keys) {
    // "severity: |", "formats: [a, |", an item below "formats:", "AWS0101: |" below "severities:".
    std::string_view written = core::trim(head);
    size_t colon = written.find(':');
    std::string_view name_of_key = core::trim(written.substr(0, colon));
    const pipeline::ConfigKey* key = nullptr;
    if (colon != std::string_view::npos && indent == 0 && !item) key = find_key(pipeline::config_keys(), name_of_key);
    else if (item || (colon != std::string_view::npos && section == "severities")) key = find_key(pipeline::config_keys(), section);
    if (key) {
      for (std::string_view value : values_of(key->shape)) out.push_back({std::string(value), "", key->description, kValueItem, range});
    }
    return out;
  }
  for (const pipeline::ConfigKey& key : *keys) {
    std::string text = key.description;
    if (*key.standard) text += std::string("\n\nWithout it: ") + key.standard;
    out.push_back({key.name, "", std::move(text), kPropertyItem, range});
  }
  return out;
}

}  // namespace assay::lsp
