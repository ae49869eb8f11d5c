// What can be folded: blocks, mappings, lists and texts of several lines, and comments that stand below each other.
#include <algorithm>

#include "analyzer/lsp/features.h"

namespace assay::lsp {
namespace {

using syntax::Node;
using syntax::NodeKind;

constexpr size_t kMostFolds = 5000;
constexpr int kMostDepth = 64;

class Folds {
 public:
  Folds(Query& query, const syntax::Tree& tree) : lines_(*query.lines()), tree_(tree) {}

  std::vector<Fold> make() {
    add(*tree_.root, NodeKind::kStream, 0);
    comments();
    // Of those that begin on one line the outermost counts: editors fold lines.
    std::stable_sort(out_.begin(), out_.end(), [](const Fold& a, const Fold& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
    out_.erase(std::unique(out_.begin(), out_.end(), [](const Fold& a, const Fold& b) { return a.begin == b.begin; }), out_.end());
    return std::move(out_);
  }

 private:
  void fold(uint32_t begin, uint32_t end, bool closes, bool comment) {
    uint32_t first = lines_.line_of(begin), last = lines_.line_of(end > begin ? end - 1 : begin);
    // What a bracket closes keeps its last line in sight; blank lines at the end belong to nothing.
    if (closes && last > first) --last;
    while (last > first && lines_.line(last).find_first_not_of(" \t") == std::string_view::npos) --last;
    if (last > first) out_.push_back({first, last, comment});
  }

  void add(const Node& node, NodeKind parent, int depth) {
    if (depth > kMostDepth || out_.size() > kMostFolds) return;
    bool hcl = tree_.language == syntax::Language::kHcl;
    switch (node.kind) {
      case NodeKind::kBlock:
      case NodeKind::kTuple:
      case NodeKind::kObject:
      case NodeKind::kCall: fold(node.begin, node.end, true, false); break;
      case NodeKind::kTemplate: fold(node.begin, node.end, hcl, false); break;
      case NodeKind::kPair: fold(node.begin, node.end, ends_in_bracket(node), false); break;
      case NodeKind::kMapping:
      case NodeKind::kSequence:
        // In block style a document or an item of a list; else the key above is what folds.
        if (ends_in_bracket(node) || parent == NodeKind::kDocument || parent == NodeKind::kSequence) {
          fold(node.begin, node.end, ends_in_bracket(node), false);
        }
        break;
      default: break;
    }
    if (node.kind == NodeKind::kAlias) return;
    for (const Node* child : node.children()) {
      if (child && lines_.line_of(child->end) > lines_.line_of(child->begin)) add(*child, node.kind, depth + 1);
    }
  }

  bool ends_in_bracket(const Node& node) const {
    if (node.end <= node.begin || node.end > lines_.text().size()) return false;
    char last = lines_.text()[node.end - 1];
    return last == '}' || last == ']';
  }

  // Comments of one line each, one below the other.
  void comments() {
    size_t first = 0;
    auto flush = [&](size_t end) {
      if (end > first + 1) out_.push_back({lines_.line_of(tree_.comments[first].begin), lines_.line_of(tree_.comments[end - 1].begin), true});
    };
    for (size_t i = 0; i < tree_.comments.size(); ++i) {
      const syntax::Comment& comment = tree_.comments[i];
      if (lines_.line_of(comment.begin) < lines_.line_of(comment.end > comment.begin ? comment.end - 1 : comment.begin)) fold(comment.begin, comment.end, false, true);
      bool follows = i > first && lines_.line_of(comment.begin) == lines_.line_of(tree_.comments[i - 1].begin) + 1 && alone(comment);
      if (follows) continue;
      flush(i);
      first = i;
    }
    flush(tree_.comments.size());
  }
  bool alone(const syntax::Comment& comment) const {
    uint32_t start = lines_.line_start(lines_.line_of(comment.begin));
    return lines_.text().substr(start, comment.begin - start).find_first_not_of(" \t") == std::string_view::npos;
  }

  const Lines& lines_;
  const syntax::Tree& tree_;
  std::vector<Fold> out_;
};

}  // namespace

std::vector<Fold> folding_ranges(Query& query) {
  const syntax::Tree* tree = query.tree();
  if (!tree || !tree->root) return {};
  return Folds(query, *tree).make();
}

}  // namespace assay::lsp
