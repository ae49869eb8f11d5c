// Test helpers: HCL nodes as short S-expressions, so that a table of (source, shape) reads well,
// and the invariants that every tree must keep.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "parsers/syntax/hcl/reader.h"

namespace assay::syntax::testing {

inline std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out + "'";
}

// (+ 1 2), x.y, x[0], f(a), [1 2], {k=v}, "a" ${x}, (for ...), <error>.
inline std::string dump(const Node* node) {
  if (node == nullptr) return "<null>";
  auto all = [&](size_t from, const char* between) {
    std::string out;
    for (size_t i = from; i < node->child_count; ++i) {
      if (i > from) out += between;
      out += dump(node->child(i));
    }
    return out;
  };
  std::string text(node->text);
  switch (node->kind) {
    case NodeKind::kNull:
    case NodeKind::kBool:
    case NodeKind::kNumber:
    case NodeKind::kVariable:
      return text;
    case NodeKind::kTemplate:
      return "\"" + all(0, "") + "\"";
    case NodeKind::kTemplateText:
      return quoted(node->text);
    case NodeKind::kInterpolation:
      return "${" + all(0, "") + "}";
    case NodeKind::kTemplateIf:
      return "%if(" + all(0, " ") + ")";
    case NodeKind::kTemplateFor:
      return "%for(" + text + " " + all(0, " ") + ")";
    case NodeKind::kGetAttr:
      return all(0, "") + "." + text;
    case NodeKind::kIndex:
      return dump(node->child(0)) + (node->has(kLegacy) ? ".[" : "[") + dump(node->child(1)) + "]";
    case NodeKind::kSplat:
      return "(splat " + all(0, " ") + ")";
    case NodeKind::kAttrSplat:
      return "(attr-splat " + all(0, " ") + ")";
    case NodeKind::kSplatItem:
      return "@";
    case NodeKind::kCall:
      return text + "(" + all(0, " ") + (node->has(kExpand) ? "...)" : ")");
    case NodeKind::kTuple:
      return "[" + all(0, " ") + "]";
    case NodeKind::kObject:
      return "{" + all(0, " ") + "}";
    case NodeKind::kObjectItem:
      return dump(node->child(0)) + "=" + dump(node->child(1));
    case NodeKind::kForTuple:
    case NodeKind::kForObject:
      return std::string(node->kind == NodeKind::kForTuple ? "(for-tuple " : "(for-object ") +
             all(0, " ") + (node->has(kGroup) ? " group" : "") +
             (node->has(kHasCondition) ? " if)" : ")");
    case NodeKind::kConditional:
      return "(? " + all(0, " ") + ")";
    case NodeKind::kUnary:
    case NodeKind::kBinary:
      return "(" + text + " " + all(0, " ") + ")";
    case NodeKind::kParentheses:
      return "(" + all(0, "") + ")";
    case NodeKind::kLabel:
      return node->has(kQuoted) ? "\"" + text + "\"" : text;
    case NodeKind::kAttribute:
      return text + " = " + all(0, "");
    case NodeKind::kBlock: {
      std::string out = text;
      for (const Node* child : node->children()) out += " " + dump(child);
      return out;
    }
    case NodeKind::kBody:
      return "{" + all(0, "; ") + "}";
    case NodeKind::kError:
      return "<error>";
    default:
      return "<" + std::string(kind_name(node->kind)) + ">";
  }
}

inline std::string dump_body(std::string_view source) {
  auto tree = read_hcl(0, source);
  return (tree->accepted ? "" : "rejected ") + dump(tree->root);
}

inline std::string dump_expression(std::string_view source) {
  auto tree = read_hcl_expression(0, source);
  return tree->accepted ? dump(tree->root) : "rejected: " + tree->problems.at(0).code;
}

// Spans lie within the file and children within their parents, in order.
inline void check_spans(const Node& node, uint32_t begin, uint32_t end) {
  ASSERT_LE(begin, node.begin);
  ASSERT_LE(node.begin, node.end);
  ASSERT_LE(node.end, end);
  uint32_t last = node.begin;
  for (const Node* child : node.children()) {
    ASSERT_NE(child, nullptr);
    ASSERT_NO_FATAL_FAILURE(check_spans(*child, node.begin, node.end));
    ASSERT_LE(last, child->begin) << kind_name(node.kind);
    last = child->begin;
  }
}

inline void check_tree(const Tree& tree) {
  ASSERT_NE(tree.root, nullptr);
  ASSERT_EQ(tree.accepted, tree.problems.empty());
  uint32_t size = static_cast<uint32_t>(tree.source.size());
  ASSERT_NO_FATAL_FAILURE(check_spans(*tree.root, 0, size));
  uint32_t last = 0;
  for (const Comment& comment : tree.comments) {
    ASSERT_LE(last, comment.begin);
    ASSERT_LT(comment.begin, comment.end);
    ASSERT_LE(comment.end, size);
    last = comment.end;
  }
  for (const core::Problem& problem : tree.problems) {
    ASSERT_LE(problem.span.begin, problem.span.end);
    ASSERT_LE(problem.span.end, size);
    ASSERT_FALSE(problem.message.empty());
  }
}

inline std::string shared_path() {
  const char* shared = std::getenv("ASSAY_SHARED");
  return shared ? shared : "../shared";
}

inline std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace assay::syntax::testing
