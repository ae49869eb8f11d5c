#include "parsers/syntax/tree.h"

namespace assay::syntax {
namespace {

void append_node(const Node& node, uint32_t depth, std::string& out) {
  out.append(depth * 2, ' ');
  out += kind_name(node.kind);
  out += ' ';
  out += std::to_string(node.begin) + "-" + std::to_string(node.end);
  if (node.extra && !node.extra->tag.empty()) out.append(" ").append(node.extra->tag);
  if (node.extra && !node.extra->anchor.empty()) out.append(" &").append(node.extra->anchor);
  if (!node.text.empty()) {
    out += " \"";
    for (char c : node.text) {
      if (c == '\n') out += "\\n";
      else if (c == '"' || c == '\\') (out += '\\') += c;
      else out += c;
    }
    out += '"';
  }
  if (node.has(kRecovered)) out += " recovered";
  out += '\n';
  if (node.kind == NodeKind::kAlias) return;  // the target is shown where it stands
  for (const Node* child : node.children()) {
    if (child) append_node(*child, depth + 1, out);
  }
}

}  // namespace

std::string_view kind_name(NodeKind kind) {
  static constexpr std::string_view kNames[] = {
      "stream", "document", "mapping", "pair", "sequence", "scalar", "alias", "null", "bool",
      "number", "string", "body", "attribute", "block", "label", "template", "template-text",
      "interpolation", "template-if", "template-for", "variable", "get-attr", "index", "splat",
      "attr-splat", "splat-item", "call", "tuple", "object", "object-item", "for-tuple",
      "for-object", "conditional", "unary", "binary", "parentheses", "error"};
  return kNames[static_cast<size_t>(kind)];
}

const Node* find_pair_value(const Node& mapping, std::string_view key) {
  if (mapping.kind != NodeKind::kMapping) return nullptr;
  for (const Node* pair : mapping.children()) {
    if (pair->kind == NodeKind::kPair && pair->child(0) && pair->child(0)->text == key) {
      return pair->child(1);
    }
  }
  return nullptr;
}

std::string to_text(const Tree& tree) {
  std::string out;
  if (tree.root) append_node(*tree.root, 0, out);
  return out;
}

}  // namespace assay::syntax
