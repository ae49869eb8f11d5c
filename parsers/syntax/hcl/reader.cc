#include "parsers/syntax/hcl/reader.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/syntax/hcl/parser.h"
#include "parsers/syntax/hcl/recovery.h"

namespace assay::syntax {
namespace {

std::unique_ptr<Tree> make_tree(core::FileId file, std::string_view source) {
  auto tree = std::make_unique<Tree>(source.size() * 4);
  tree->file = file;
  tree->language = Language::kHcl;
  tree->source = source;
  return tree;
}

Node* make_node(Tree& tree, NodeKind kind, uint32_t begin, uint32_t end, uint16_t flags = 0) {
  Node* node = tree.arena.make<Node>();
  node->kind = kind;
  node->flags = flags;
  node->begin = begin;
  node->end = end;
  return node;
}

const Node* make_parent(Tree& tree, NodeKind kind, uint32_t begin, uint32_t end,
                        const std::vector<const Node*>& children) {
  Node* node = make_node(tree, kind, begin, end);
  auto stored = tree.arena.copy(children);
  node->child_array = stored.data();
  node->child_count = static_cast<uint32_t>(stored.size());
  return node;
}

// False, with a problem and an error root, when the text is larger than anything we read.
bool check_size(Tree& tree) {
  if (tree.source.size() <= core::kMaxFileBytes) return true;
  tree.accepted = false;
  core::add_problem(tree.problems, core::ProblemSeverity::kError, "limit-file-size",
                    "this file is larger than " + std::to_string(core::kMaxFileBytes >> 20) +
                        " MiB and is not analysed; split it",
                    {tree.file, 0, 0});
  tree.root = make_node(tree, NodeKind::kBody, 0, 0);
  return false;
}

uint32_t skip_bom(std::string_view source) { return source.starts_with("\xEF\xBB\xBF") ? 3 : 0; }

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

// Reads the text from where `failed` stopped, the start of the first broken item, into `items`:
// intact items as tree-sitter finds them, the rest as well as it goes. Text that broke a limit is
// not given to tree-sitter, which has none.
void recover(Tree& tree, const hcl::Parser& failed, std::vector<const Node*>& items) {
  uint32_t from = failed.failed_item_begin();
  uint32_t size = static_cast<uint32_t>(tree.source.size());
  if (failed.too_large()) {
    items.push_back(make_node(tree, NodeKind::kError, from, size, kRecovered));
    return;
  }
  std::erase_if(tree.comments, [&](const Comment& comment) { return comment.begin >= from; });
  auto read_broken = [&](uint32_t begin, uint32_t end) {
    if (is_blank(tree.source.substr(begin, end - begin))) return;
    hcl::Parser parser(tree, tree.source, begin, end, 0, &tree.comments,
                       hcl::Parser::Mode::kLenient);
    for (const Node* item : parser.read_file()) items.push_back(item);
  };
  uint32_t at = from;
  hcl::Outline outline;
  if (!failed.too_deep()) outline = hcl::outline(tree.source, from);
  for (const hcl::OutlineItem& item : outline.items) {
    if (!item.intact || item.begin < at) continue;
    size_t problems = tree.problems.size();
    std::vector<Comment> comments;
    hcl::Parser parser(tree, tree.source, item.begin, item.end, 0, &comments,
                       hcl::Parser::Mode::kIntact);
    std::vector<const Node*> nodes = parser.read_file();
    if (parser.failed() || nodes.size() != 1) {
      tree.problems.resize(problems);
      continue;
    }
    read_broken(at, item.begin);
    items.push_back(nodes[0]);
    tree.comments.insert(tree.comments.end(), comments.begin(), comments.end());
    at = item.end;
  }
  read_broken(at, size);
  // Where reading resumed on an earlier line, comments were met twice, or again from their inside.
  std::stable_sort(tree.comments.begin(), tree.comments.end(),
                   [](const Comment& a, const Comment& b) { return a.begin < b.begin; });
  uint32_t last = 0;
  std::erase_if(tree.comments, [&](const Comment& comment) {
    if (comment.begin < last) return true;
    last = comment.end;
    return false;
  });
}

}  // namespace

std::unique_ptr<Tree> read_hcl(core::FileId file, std::string_view source) {
  auto tree = make_tree(file, source);
  if (!check_size(*tree)) return tree;
  uint32_t size = static_cast<uint32_t>(source.size());
  hcl::Parser parser(*tree, source, skip_bom(source), size, 0, &tree->comments);
  std::vector<const Node*> items = parser.read_file();
  if (parser.failed()) recover(*tree, parser, items);
  tree->root = make_parent(*tree, NodeKind::kBody, 0, size, items);
  return tree;
}

std::unique_ptr<Tree> read_hcl_expression(core::FileId file, std::string_view source) {
  auto tree = make_tree(file, source);
  if (!check_size(*tree)) return tree;
  uint32_t size = static_cast<uint32_t>(source.size());
  hcl::Parser parser(*tree, source, skip_bom(source), size, 0, &tree->comments);
  tree->root = parser.read_lone_expression();
  if (tree->root == nullptr) tree->root = make_node(*tree, NodeKind::kError, 0, size);
  return tree;
}

std::unique_ptr<Tree> read_hcl_template_file(core::FileId file, std::string_view source) {
  auto tree = make_tree(file, source);
  if (!check_size(*tree)) return tree;
  uint32_t size = static_cast<uint32_t>(source.size());
  hcl::Parser parser(*tree, source, skip_bom(source), size, 0, nullptr);
  tree->root = parser.read_bare_template();
  if (tree->root == nullptr) tree->root = make_node(*tree, NodeKind::kError, 0, size);
  return tree;
}

const Node* read_hcl_expression(Tree& tree, std::string_view text, uint32_t base_offset) {
  uint32_t size = static_cast<uint32_t>(text.size());
  hcl::Parser parser(tree, text, 0, size, base_offset, nullptr);
  const Node* node = parser.read_lone_expression();
  if (node != nullptr) return node;
  return make_node(tree, NodeKind::kError, base_offset, base_offset + size);
}

const Node* read_hcl_template(Tree& tree, std::string_view text, uint32_t base_offset) {
  uint32_t size = static_cast<uint32_t>(text.size());
  hcl::Parser parser(tree, text, 0, size, base_offset, nullptr);
  const Node* node = parser.read_bare_template();
  if (node != nullptr) return node;
  return make_node(tree, NodeKind::kError, base_offset, base_offset + size);
}

core::Span header_span(const Tree& tree, const Node& block) {
  core::Span span{tree.file, block.begin, block.begin + static_cast<uint32_t>(block.text.size())};
  for (const Node* child : block.children()) {
    if (child->kind == NodeKind::kLabel) span.end = child->end;
  }
  return span;
}

}  // namespace assay::syntax
