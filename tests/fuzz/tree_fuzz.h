// What the fuzz targets of the document readers share: a tree of any input must keep what its users
// rely on. Every node lies inside the file and inside its parent, what is given as text can be read and
// mapped back, comments and problems have places, and depth is bounded.
#pragma once

#include <cstdint>
#include <string_view>

#include "parsers/core/check.h"
#include "parsers/core/limits.h"
#include "parsers/syntax/embedded.h"
#include "parsers/syntax/scalar.h"
#include "parsers/syntax/tree.h"

namespace assay::fuzz {

inline void check_node(const syntax::Tree& tree, const syntax::Node& node, const syntax::Node& parent, uint32_t depth) {
  using syntax::NodeKind;
  ASSAY_CHECK(depth < 2 * core::kMaxNesting + 8);
  ASSAY_CHECK(node.begin <= node.end && node.end <= tree.source.size());
  ASSAY_CHECK(parent.begin <= node.begin && node.end <= parent.end);
  uint32_t sum = 0;
  for (char c : node.text) sum += static_cast<unsigned char>(c);
  volatile uint32_t sink = sum;  // each byte is read, so that a sanitizer sees text that is gone
  (void)sink;
  if (node.child_count == 0 || node.kind == NodeKind::kAlias) {
    (void)syntax::resolve_scalar(node, syntax::ScalarMode::kKubernetes);
    syntax::TextMap map(tree, node);
    auto size = static_cast<uint32_t>(node.text.size());
    for (uint32_t at : {0u, size / 2, size}) {
      auto span = map.map(at, size);
      ASSAY_CHECK(span.begin <= span.end && span.end <= tree.source.size());
    }
  }
  if (node.kind == NodeKind::kAlias) return;  // the target stands elsewhere
  if (node.kind == NodeKind::kPair) ASSAY_CHECK(node.child_count == 2);
  for (const syntax::Node* child : node.children()) {
    ASSAY_CHECK(child != nullptr);
    check_node(tree, *child, node, depth + 1);
  }
}

inline void check_tree(const syntax::Tree& tree) {
  ASSAY_CHECK(tree.root != nullptr);
  check_node(tree, *tree.root, *tree.root, 0);
  uint32_t last = 0;
  for (const syntax::Comment& comment : tree.comments) {
    ASSAY_CHECK(last <= comment.begin && comment.begin < comment.end && comment.end <= tree.source.size());
    last = comment.end;
  }
  for (const core::Problem& problem : tree.problems) {
    ASSAY_CHECK(!problem.code.empty() && !problem.message.empty());
    ASSAY_CHECK(problem.span.begin <= problem.span.end && problem.span.end <= tree.source.size());
  }
}

}  // namespace assay::fuzz
