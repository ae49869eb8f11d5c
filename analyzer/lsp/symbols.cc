// The outline of a document: blocks, manifests, entries of templates.
#include <algorithm>
#include <set>

#include "analyzer/lsp/features.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "parsers/syntax/hcl/reader.h"

namespace assay::lsp {
namespace {

using syntax::Node;
using syntax::NodeKind;

// Kinds of symbols of the protocol.
constexpr int kModule = 2, kNamespace = 3, kClass = 5, kProperty = 7, kFunction = 12, kVariable = 13, kConstant = 14, kObject = 19;
constexpr size_t kMostSymbols = 20000;

int kind_of_block(std::string_view type) {
  if (type == "resource") return kClass;
  if (type == "data") return kObject;
  if (type == "module") return kModule;
  if (type == "variable") return kVariable;
  if (type == "output") return kProperty;
  if (type == "locals") return kNamespace;
  return kObject;
}

class Outline {
 public:
  Outline(Query& query, const syntax::Tree& tree) : query_(query), tree_(tree) {}

  std::vector<Symbol> make() {
    std::vector<Symbol> out;
    if (tree_.language == syntax::Language::kHcl) {
      body(*tree_.root, out, 0);
      return out;
    }
    for (const Node* document : tree_.root->children()) {
      const Node* top = document->child(0);
      if (!top || top->kind != NodeKind::kMapping) continue;
      if (syntax::find_pair_value(*top, "kind") && syntax::find_pair_value(*top, "apiVersion")) manifest(*document, *top, out);
      else sections(*top, out);
    }
    return out;
  }

 private:
  Symbol symbol(std::string name, int kind, const Node& whole, uint32_t begin, uint32_t end) {
    ++count_;
    Symbol out;
    out.name = name.empty() ? "?" : std::move(name);
    out.kind = kind;
    out.range = query_.range(whole.begin, whole.end);
    out.selection = query_.range(std::clamp(begin, whole.begin, whole.end), std::clamp(end, whole.begin, whole.end));
    return out;
  }

  void body(const Node& node, std::vector<Symbol>& out, int depth) {
    if (depth > 8) return;
    for (const Node* child : node.children()) {
      if (count_ > kMostSymbols) return;
      if (child->kind == NodeKind::kAttribute) {
        out.push_back(symbol(std::string(child->text), depth == 0 ? kVariable : kProperty, *child, child->begin,
                             child->begin + static_cast<uint32_t>(child->text.size())));
      }
      if (child->kind != NodeKind::kBlock || child->child_count == 0) continue;
      std::string name;
      for (const Node* label : child->children()) {
        if (label->kind == NodeKind::kLabel) name += (name.empty() ? "" : ".") + std::string(label->text);
      }
      core::Span header = syntax::header_span(tree_, *child);
      Symbol one = symbol(name.empty() ? std::string(child->text) : name, kind_of_block(child->text), *child, header.begin, header.end);
      if (!name.empty()) one.detail = std::string(child->text);
      const Node* inner = child->child(child->child_count - 1);
      if (inner->kind == NodeKind::kBody) body(*inner, one.children, depth + 1);
      out.push_back(std::move(one));
    }
  }

  void manifest(const Node& document, const Node& top, std::vector<Symbol>& out) {
    const Node* kind = syntax::find_pair_value(top, "kind");
    const Node* metadata = syntax::find_pair_value(top, "metadata");
    const Node* name = metadata && metadata->kind == NodeKind::kMapping ? syntax::find_pair_value(*metadata, "name") : nullptr;
    Symbol one = symbol(std::string(kind->text) + (name && !name->text.empty() ? " " + std::string(name->text) : ""), kClass, top, kind->begin, kind->end);
    (void)document;
    for (const Node* pair : top.children()) pair_symbol(*pair, kProperty, one.children);
    out.push_back(std::move(one));
  }

  void sections(const Node& top, std::vector<Symbol>& out) {
    for (const Node* pair : top.children()) {
      const Node* value = pair_symbol(*pair, kNamespace, out);
      if (!value || value->kind != NodeKind::kMapping) continue;
      std::string_view section = pair->child(0)->text;
      int kind = section == "Resources" ? kClass : section == "Parameters" ? kVariable : section == "Conditions" ? kFunction : kConstant;
      for (const Node* entry : value->children()) {
        if (count_ > kMostSymbols) return;
        const Node* content = pair_symbol(*entry, kind, out.back().children);
        const Node* type = content && content->kind == NodeKind::kMapping ? syntax::find_pair_value(*content, "Type") : nullptr;
        if (type) out.back().children.back().detail = std::string(type->text);
      }
    }
  }

  // Null when it is no pair with a value; then nothing was added.
  const Node* pair_symbol(const Node& pair, int kind, std::vector<Symbol>& out) {
    const Node* key = pair.child(0);
    if (pair.kind != NodeKind::kPair || !key) return nullptr;
    out.push_back(symbol(std::string(key->text), kind, pair, key->begin, key->end));
    const Node* value = pair.child(1);
    return value ? value : key;
  }

  Query& query_;
  const syntax::Tree& tree_;
  size_t count_ = 0;
};

}  // namespace

std::vector<Symbol> document_symbols(Query& query) {
  const syntax::Tree* tree = query.tree();
  if (!tree || !tree->root) return {};
  return Outline(query, *tree).make();
}

namespace {

constexpr size_t kMostPlaces = 500;

// How well a name fits: 0 the whole name or its last part, 1 a part begins with it, 2 it is inside, 3 its letters are
// there in this order; -1 not at all. Without regard to case.
int fit(std::string_view name, std::string_view wanted) {
  if (wanted.empty()) return 1;
  std::string text = core::to_lower_ascii(name), sought = core::to_lower_ascii(wanted);
  size_t at = text.find(sought);
  if (text == sought || (text.ends_with(sought) && (text[text.size() - sought.size() - 1] == '.' || text[text.size() - sought.size() - 1] == '/'))) return 0;
  if (at != std::string::npos) {
    for (; at != std::string::npos; at = text.find(sought, at + 1)) {
      if (at == 0 || !(core::is_alpha(text[at - 1]) || core::is_digit(text[at - 1]))) return 1;
    }
    return 2;
  }
  size_t seen = 0;
  for (char c : text) seen += seen < sought.size() && c == sought[seen];
  return seen == sought.size() ? 3 : -1;
}

}  // namespace

std::vector<Place> workspace_symbols(const Analysis& analysis, Encoding encoding, std::string_view wanted) {
  Ranges ranges(analysis, encoding);
  struct Hit {
    int rank;
    std::string name, container;
    int kind;
    const pipeline::Scan* scan;
    core::Span span;
  };
  std::vector<Hit> hits;
  std::set<std::pair<const pipeline::Scan*, core::Span>> seen;
  auto add = [&](const pipeline::Scan& scan, std::string_view name, std::string_view container, int kind, const core::Span& span) {
    int rank = fit(name, wanted);
    if (rank < 0 || !span.valid() || !seen.insert({&scan, span}).second) return;
    hits.push_back({rank, std::string(name), std::string(container), kind, &scan, span});
  };
  for (const auto& area : analysis.areas) {
    if (!area->scan) continue;
    const pipeline::Scan& scan = *area->scan;
    for (const model::Resource* resource : scan.project.resources) {
      const core::Span& span = resource->header.valid() ? resource->header : resource->span;
      if (!span.valid() || !area->holds(span.file) || resource->format == "assay" || resource->type.starts_with("assay/")) continue;
      add(scan, resource->address, resource->format, resource->kind == "data" ? kObject : kClass, span);
    }
    for (core::FileId file = 0; file < scan.trees.size(); ++file) {
      const syntax::Tree* tree = scan.trees[file].get();
      if (!tree || !tree->root || tree->language != syntax::Language::kHcl || !area->holds(file)) continue;
      for (const Node* block : tree->root->children()) {
        if (block->kind != NodeKind::kBlock || block->child_count < 2) continue;
        bool declares = block->text == "variable" || block->text == "output" || block->text == "module";
        if (!declares) continue;
        std::string name = (block->text == "variable" ? "var" : std::string(block->text)) + "." + std::string(block->child(0)->text);
        add(scan, name, core::parent_path(scan.sources.path(file)), kind_of_block(block->text), syntax::header_span(*tree, *block));
      }
    }
  }
  // Layers come in no order.
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::tie(a.rank, a.name, a.scan->sources.path(a.span.file), a.span.begin) <
           std::tie(b.rank, b.name, b.scan->sources.path(b.span.file), b.span.begin);
  });
  if (hits.size() > kMostPlaces) hits.resize(kMostPlaces);
  std::vector<Place> out;
  for (Hit& hit : hits) out.push_back({std::move(hit.name), std::move(hit.container), hit.kind, ranges.location(*hit.scan, hit.span)});
  return out;
}

}  // namespace assay::lsp
