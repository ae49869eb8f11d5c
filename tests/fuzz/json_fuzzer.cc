// libFuzzer target of the JSON reader: no input may crash or hang it, every node must lie inside the
// file and inside its parent, and what is given as text must be readable.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "parsers/core/limits.h"
#include "parsers/syntax/embedded.h"
#include "parsers/syntax/scalar.h"
#include "parsers/syntax/json/reader.h"

namespace {

using assay::syntax::Node;
using assay::syntax::NodeKind;

void require(bool condition) {
  if (!condition) std::abort();
}

void walk(const assay::syntax::Tree& tree, const Node& node, const Node& parent, uint32_t depth) {
  require(depth < 2 * assay::core::kMaxNesting + 8);
  require(node.begin <= node.end && node.end <= tree.source.size());
  require(parent.begin <= node.begin && node.end <= parent.end);
  uint32_t sum = 0;
  for (char c : node.text) sum += static_cast<unsigned char>(c);
  volatile uint32_t sink = sum;
  (void)sink;
  if (node.child_count == 0 || node.kind == NodeKind::kAlias) {
    (void)assay::syntax::resolve_scalar(node, assay::syntax::ScalarMode::kKubernetes);
    assay::syntax::TextMap map(tree, node);
    auto size = static_cast<uint32_t>(node.text.size());
    for (uint32_t at : {0u, size / 2, size}) {
      auto span = map.map(at, size);
      require(span.begin <= span.end && span.end <= tree.source.size());
    }
  }
  if (node.kind == NodeKind::kAlias) return;  // the target stands elsewhere
  if (node.kind == NodeKind::kPair) require(node.child_count == 2);
  for (const Node* child : node.children()) {
    require(child != nullptr);
    walk(tree, *child, node, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto tree = assay::syntax::read_json(0, text);
  require(tree != nullptr && tree->root != nullptr);
  walk(*tree, *tree->root, *tree->root, 0);
  uint32_t last = 0;
  for (const auto& comment : tree->comments) {
    require(last <= comment.begin && comment.begin < comment.end && comment.end <= size);
    last = comment.end;
  }
  for (const auto& problem : tree->problems) {
    require(!problem.code.empty() && !problem.message.empty());
    require(problem.span.begin <= problem.span.end && problem.span.end <= size);
  }
  return 0;
}
