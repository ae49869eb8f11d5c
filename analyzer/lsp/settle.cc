#include "analyzer/lsp/settle.h"

#include "parsers/core/json_writer.h"
#include "parsers/syntax/tree.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::lsp {
namespace {

using syntax::Node;
using syntax::NodeKind;

std::string quoted(std::string_view text) {
  std::string out;
  core::append_json_string(out, text);
  return out;
}

}  // namespace

std::optional<Insertion> suppression_entry(std::string_view config, const std::string& rule, const std::string& path, const std::string& address) {
  auto entry = [&](const std::string& indent) {
    std::string out = indent + "- rule: " + rule + "\n" + indent + "  paths: [" + quoted("/" + path) + "]\n";
    // What a glob reads otherwise than it is written is left to the path.
    if (!address.empty() && address.find_first_of("*?[]{}!\\") == std::string::npos) out += indent + "  resources: [" + quoted(address) + "]\n";
    return out + indent + "  reason: \"accepted: say why\"\n";
  };
  auto tree = syntax::read_yaml(0, config);
  const Node* document = tree->root ? tree->root->child(0) : nullptr;
  const Node* top = document ? document->child(0) : nullptr;
  bool ends_line = config.empty() || config.ends_with('\n');
  auto end = static_cast<uint32_t>(config.size());
  if (top && top->kind != NodeKind::kMapping && top->kind != NodeKind::kNull) return std::nullopt;
  const Node* list = top && top->kind == NodeKind::kMapping ? syntax::find_pair_value(*top, "suppressions") : nullptr;
  if (!list) {
    if (top && top->kind == NodeKind::kMapping && top->style == syntax::Style::kFlow) return std::nullopt;
    return Insertion{end, (ends_line ? "" : "\n") + std::string("suppressions:\n") + entry("  ")};
  }
  if (list->kind != NodeKind::kSequence || list->style == syntax::Style::kFlow || list->child_count == 0) return std::nullopt;
  size_t line = config.rfind('\n', list->begin);
  line = line == std::string_view::npos ? 0 : line + 1;
  std::string indent(config.substr(line, list->begin - line));
  if (indent.find_first_not_of(' ') != std::string::npos) return std::nullopt;
  // Behind the last line of the last entry.
  const Node* last = list->child(list->child_count - 1);
  uint32_t at = last->end;
  while (at > last->begin && (config[at - 1] == '\n' || config[at - 1] == ' ' || config[at - 1] == '\r')) --at;
  size_t next = config.find('\n', at);
  if (next == std::string_view::npos) return Insertion{end, "\n" + entry(indent)};
  return Insertion{static_cast<uint32_t>(next + 1), entry(indent)};
}

std::optional<Insertion> baseline_entry(std::string_view baseline, std::string_view entry) {
  size_t open = baseline.find("\"findings\": [");
  size_t close = baseline.rfind("]}");
  if (baseline.find("\"tool\": \"assay\"") == std::string_view::npos || open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  size_t at = close;
  while (at > open && (baseline[at - 1] == '\n' || baseline[at - 1] == '\r' || baseline[at - 1] == ' ')) --at;
  bool first = baseline[at - 1] == '[';
  std::string text = (first ? "\n" : ",\n") + std::string(entry);
  if (close == at) text += "\n";
  return Insertion{static_cast<uint32_t>(at), text};
}

}  // namespace assay::lsp
