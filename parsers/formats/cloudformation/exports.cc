#include "parsers/formats/cloudformation/exports.h"

#include <vector>

#include "parsers/formats/cloudformation/calls.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::cloudformation {

using model::Value;
using syntax::Node;

namespace {

constexpr uint32_t kMaxDepth = 8;
constexpr size_t kMaxPattern = 1024;  // longer than any export name may be

void add_hole(NamePattern& out) {
  if (out.text.empty() || out.text.back() != NamePattern::kHole) out.text += NamePattern::kHole;
}

void add_text(NamePattern& out, std::string_view text) {
  for (char c : text) {
    if (c == NamePattern::kHole) continue;
    out.text += c;
    out.spelt = out.spelt || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  }
}

// The literal parts of the text of Fn::Sub.
void add_template(NamePattern& out, std::string_view text) {
  while (!text.empty()) {
    size_t open = text.find("${");
    size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    add_text(out, text.substr(0, open));
    std::string_view name = text.substr(open + 2, close - open - 2);
    if (!name.empty() && name[0] == '!') {
      add_text(out, "${");
      add_text(out, name.substr(1));
      add_text(out, "}");
    } else {
      out.by_stack = out.by_stack || name.starts_with("AWS::");
      add_hole(out);
    }
    text.remove_prefix(close + 1);
  }
  add_text(out, text);
}

void add_node(NamePattern& out, const Node* node, uint32_t depth) {
  node = syntax::resolve_alias(node);
  if (!node || depth > kMaxDepth || out.text.size() > kMaxPattern) return add_hole(out);
  auto call = find_call(*node);
  if (!call) {
    auto text = plain_text(node);
    return text ? add_text(out, *text) : add_hole(out);
  }
  if (call->is_short && call->argument && find_long_call(*call->argument)) return add_hole(out);
  if (call->function == Function::kSub) {
    const Node* text = is_sequence(call->argument) ? call->argument->child(0) : call->argument;
    auto written = plain_text(text);
    return written ? add_template(out, *written) : add_hole(out);
  }
  if (call->function == Function::kRef) {
    auto name = plain_text(call->argument);
    out.by_stack = out.by_stack || (name && name->starts_with("AWS::"));
    return add_hole(out);
  }
  std::vector<const Node*> args = call->function == Function::kJoin ? arguments(*call) : std::vector<const Node*>{};
  auto delimiter = args.size() == 2 ? plain_text(args[0]) : std::nullopt;
  const Node* list = args.size() == 2 ? syntax::resolve_alias(args[1]) : nullptr;
  if (!delimiter || !is_sequence(list) || find_call(*list)) return add_hole(out);
  for (uint32_t i = 0; i < list->child_count; ++i) {
    if (i) add_text(out, *delimiter);
    add_node(out, list->child_array[i], depth + 1);
  }
}

void add_value(NamePattern& out, const Value& value, uint32_t depth) {
  if (value.is_string()) return add_text(out, value.text());
  if (!value.is_unknown() || depth > kMaxDepth || out.text.size() > kMaxPattern) return add_hole(out);
  const model::Unknown& unknown = value.unknown();
  if (unknown.structure && unknown.structure->kind == model::ValueKind::kTuple) {
    for (const Value& part : unknown.structure->items()) add_value(out, part, depth + 1);
    return;
  }
  add_text(out, unknown.prefix);
  add_hole(out);
}

}  // namespace

NamePattern pattern_of(const Node* name) {
  NamePattern out;
  add_node(out, name, 0);
  return out;
}

NamePattern pattern_of(const Value& name) {
  NamePattern out;
  add_value(out, name, 0);
  return out;
}

bool may_be_same(const NamePattern& a, const NamePattern& b) {
  constexpr char kHole = NamePattern::kHole;
  std::string_view x = a.text, y = b.text;
  // Certain text at the ends tells most apart.
  while (!x.empty() && !y.empty() && x.front() != kHole && y.front() != kHole) {
    if (x.front() != y.front()) return false;
    x.remove_prefix(1);
    y.remove_prefix(1);
  }
  while (!x.empty() && !y.empty() && x.back() != kHole && y.back() != kHole) {
    if (x.back() != y.back()) return false;
    x.remove_suffix(1);
    y.remove_suffix(1);
  }
  if (x.size() > kMaxPattern || y.size() > kMaxPattern) return true;
  // here[j]: the first i of `x` and the first j of `y` can be one text.
  std::vector<uint8_t> here(y.size() + 1), next(y.size() + 1);
  here[0] = 1;
  for (size_t j = 0; j < y.size(); ++j) here[j + 1] = here[j] && y[j] == kHole;
  for (char c : x) {
    next[0] = here[0] && c == kHole;
    for (size_t j = 0; j < y.size(); ++j) {
      bool same = c == y[j] && here[j];
      bool hole_in_x = c == kHole && (here[j + 1] || next[j]);
      bool hole_in_y = y[j] == kHole && (here[j + 1] || next[j]);
      next[j + 1] = same || hole_in_x || hole_in_y;
    }
    here.swap(next);
  }
  return here[y.size()];
}

}  // namespace assay::formats::cloudformation
