// The outline of a document: blocks, manifests, entries of templates.
#include <algorithm>

#include "analyzer/lsp/features.h"
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

}  // namespace assay::lsp
