// Any bytes through every door of the HCL reader: no crash, no hang, and every tree keeps the
// invariants that its users rely on.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "parsers/core/check.h"
#include "parsers/syntax/hcl/reader.h"

namespace {

using assay::syntax::Node;
using assay::syntax::Tree;

void check_node(const Node& node, uint32_t begin, uint32_t end) {
  ASSAY_CHECK(begin <= node.begin);
  ASSAY_CHECK(node.begin <= node.end);
  ASSAY_CHECK(node.end <= end);
  for (const Node* child : node.children()) {
    ASSAY_CHECK(child != nullptr);
    check_node(*child, node.begin, node.end);
  }
}

void check_tree(const Tree& tree) {
  ASSAY_CHECK(tree.root != nullptr);
  ASSAY_CHECK(tree.accepted == tree.problems.empty());
  uint32_t size = static_cast<uint32_t>(tree.source.size());
  check_node(*tree.root, 0, size);
  uint32_t last = 0;
  for (const assay::syntax::Comment& comment : tree.comments) {
    ASSAY_CHECK(last <= comment.begin);
    ASSAY_CHECK(comment.begin < comment.end);
    ASSAY_CHECK(comment.end <= size);
    last = comment.end;
  }
  for (const assay::core::Problem& problem : tree.problems) {
    ASSAY_CHECK(problem.span.begin <= problem.span.end);
    ASSAY_CHECK(problem.span.end <= size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  check_tree(*assay::syntax::read_hcl(0, text));
  check_tree(*assay::syntax::read_hcl_expression(0, text));
  check_tree(*assay::syntax::read_hcl_template_file(0, text));
  Tree tree(size);
  tree.source = text;
  tree.file = 0;
  check_node(*assay::syntax::read_hcl_template(tree, text, 0), 0, static_cast<uint32_t>(size));
  return 0;
}
