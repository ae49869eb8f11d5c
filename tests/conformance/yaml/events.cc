#include "tests/conformance/yaml/events.h"

#include <cstdio>
#include <cstdlib>
#include <map>

#include "parsers/syntax/scalar.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::conformance {
namespace {

using syntax::Node;
using syntax::NodeKind;
using syntax::Style;

std::string properties(const Node& node) {
  std::string out;
  if (!node.anchor().empty()) out.append(" &").append(node.anchor());
  std::string_view tag = node.tag();
  if (tag.empty()) return out;
  if (tag.substr(0, 2) == "!!") {
    out.append(" <tag:yaml.org,2002:").append(tag.substr(2)).append(">");
  } else if (tag.substr(0, 2) == "!<") {
    out.append(" ").append(tag.substr(1));
  } else {
    out.append(" <").append(tag).append(">");
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      case '\b': out += "\\b"; break;
      default: out += c;
    }
  }
  return out;
}

void append(const Node& node, std::vector<std::string>& out) {
  switch (node.kind) {
    case NodeKind::kMapping:
    case NodeKind::kSequence: {
      bool mapping = node.kind == NodeKind::kMapping;
      std::string flow = node.style != Style::kFlow ? "" : mapping ? " {}" : " []";
      out.push_back((mapping ? "+MAP" : "+SEQ") + flow + properties(node));
      for (const Node* child : node.children()) append(*child, out);
      out.push_back(mapping ? "-MAP" : "-SEQ");
      break;
    }
    case NodeKind::kPair:
      for (const Node* child : node.children()) append(*child, out);
      break;
    case NodeKind::kAlias: out.push_back("=ALI *" + std::string(node.text)); break;
    default: {
      char mark = node.style == Style::kSingleQuoted   ? '\''
                  : node.style == Style::kDoubleQuoted ? '"'
                  : node.style == Style::kLiteral      ? '|'
                  : node.style == Style::kFolded       ? '>'
                                                       : ':';
      out.push_back("=VAL" + properties(node) + " " + mark + escaped(node.text));
    }
  }
}

std::string value(const Node* node, core::Arena& arena) {
  node = syntax::resolve_alias(node);
  if (!node) return "null";
  if (node->kind == NodeKind::kMapping) {
    std::map<std::string, std::string> members;
    for (const Node* pair : node->children()) {
      const Node* key = syntax::resolve_alias(pair->child(0));
      std::string name = key && key->kind != NodeKind::kMapping && key->kind != NodeKind::kSequence
                             ? std::string(key->text)
                             : value(key, arena);
      members[name] = value(pair->child(1), arena);
    }
    std::string out = "{";
    for (const auto& [name, member] : members) out += escaped(name) + ":" + member + ",";
    return out + "}";
  }
  if (node->kind == NodeKind::kSequence) {
    std::string out = "[";
    for (const Node* item : node->children()) out += value(item, arena) + ",";
    return out + "]";
  }
  syntax::Scalar scalar = syntax::read_scalar(*node, syntax::ScalarMode::kYaml12Core, arena);
  switch (scalar.type) {
    case syntax::ScalarType::kNull: return "null";
    case syntax::ScalarType::kBool: return scalar.truth ? "true" : "false";
    case syntax::ScalarType::kInt:
    case syntax::ScalarType::kFloat: {
      char buffer[40];
      std::snprintf(buffer, sizeof buffer, "%.17g", std::atof(std::string(scalar.text).c_str()));
      return buffer;
    }
    default: return "\"" + escaped(scalar.text) + "\"";
  }
}

}  // namespace

std::vector<std::string> events_of(const syntax::Tree& tree) {
  std::vector<std::string> out{"+STR"};
  for (const Node* document : tree.root->children()) {
    std::string_view text = tree.source.substr(document->begin, document->end - document->begin);
    // A document that starts with a directive or "---" is explicit; "..." can only be its end.
    bool starts = text.substr(0, 1) == "%" ||
                  (text.substr(0, 3) == "---" && (text.size() == 3 || text[3] <= ' '));
    bool ends = text.size() >= 3 && text.substr(text.size() - 3) == "...";
    out.push_back(starts ? "+DOC ---" : "+DOC");
    if (document->child(0)) append(*document->child(0), out);
    else out.push_back("=VAL :");
    out.push_back(ends ? "-DOC ..." : "-DOC");
  }
  out.push_back("-STR");
  return out;
}

std::string values_of(const syntax::Tree& tree) {
  core::Arena arena;
  std::string out;
  for (const Node* document : tree.root->children()) {
    out += value(document->child(0), arena);
    out += '\n';
  }
  return out;
}

}  // namespace assay::conformance
