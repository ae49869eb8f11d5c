#include "rules/lang/admission/documents.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/scalar.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::rules::admission {
namespace {

using model::Value;
using syntax::Node;
using syntax::NodeKind;

constexpr int kMaxLists = 8;

bool is_scalar(const Node& node) {
  return node.kind == NodeKind::kScalar || node.kind == NodeKind::kString || node.kind == NodeKind::kNumber || node.kind == NodeKind::kBool;
}

Value scalar_value(const syntax::Tree& tree, const Node& node, core::Arena& arena) {
  core::Span at = tree.span(node);
  if (node.kind == NodeKind::kNull || !is_scalar(node)) return model::with_span(model::null_value(), at);
  syntax::Scalar scalar = syntax::read_scalar(node, syntax::ScalarMode::kKubernetes, arena);
  switch (scalar.type) {
    case syntax::ScalarType::kNull: return model::with_span(model::null_value(), at);
    case syntax::ScalarType::kBool: return model::with_span(model::bool_value(scalar.truth), at);
    case syntax::ScalarType::kInt:
    case syntax::ScalarType::kFloat:
      if (auto number = core::Number::parse(scalar.text, arena)) {
        Value made = model::number_value(*number, arena);
        if (scalar.type == syntax::ScalarType::kFloat) made.flags |= model::kFloatText;
        return model::with_span(made, at);
      }
      break;
    case syntax::ScalarType::kString: break;
  }
  return model::with_span(model::string_value(arena.copy(scalar.text)), at);
}

Value convert(const syntax::Tree& tree, const Node* node, core::Arena& arena, uint32_t depth) {
  node = target_of(node);
  if (!node || depth > core::kMaxNesting) return model::null_value();
  if (node->kind == NodeKind::kSequence) {
    Value* items = arena.make_array<Value>(node->child_count);
    for (uint32_t i = 0; i < node->child_count; ++i) new (items + i) Value(convert(tree, node->child(i), arena, depth + 1));
    return model::with_span(model::list_value({items, node->child_count}, arena, model::ValueKind::kTuple), tree.span(*node));
  }
  if (node->kind == NodeKind::kMapping) {
    model::Entry* entries = arena.make_array<model::Entry>(node->child_count);
    uint32_t count = 0;
    for (const Node* pair : node->children()) {
      const Node* key = target_of(pair->child(0));
      if (!key || !is_scalar(*key)) continue;
      std::string_view name = arena.copy(key->text);
      // The last of equal keys counts.
      auto end = std::remove_if(entries, entries + count, [&](const model::Entry& entry) { return entry.key == name; });
      count = static_cast<uint32_t>(end - entries);
      new (entries + count++) model::Entry{name, tree.span(*key), convert(tree, pair->child(1), arena, depth + 1)};
    }
    return model::with_span(model::object_value({entries, count}, arena), tree.span(*node));
  }
  return scalar_value(tree, *node, arena);
}

}  // namespace

const Node* target_of(const Node* node) {
  for (int i = 0; node && node->kind == NodeKind::kAlias && i < 64; ++i) node = node->child(0);
  return node && node->kind == NodeKind::kAlias ? nullptr : node;
}

const Node* member(const Node* mapping, std::string_view key) {
  mapping = target_of(mapping);
  if (!mapping || mapping->kind != NodeKind::kMapping) return nullptr;
  const Node* found = target_of(syntax::find_pair_value(*mapping, key));
  if (!found || found->kind == NodeKind::kNull) return nullptr;
  if (found->kind == NodeKind::kScalar && found->style == syntax::Style::kPlain && found->text == "null") return nullptr;
  return found;
}

std::string_view text_member(const Node* mapping, std::string_view key) {
  const Node* found = member(mapping, key);
  return found && is_scalar(*found) ? found->text : std::string_view();
}

std::vector<const Node*> elements(const Node* sequence) {
  std::vector<const Node*> out;
  sequence = target_of(sequence);
  if (!sequence || sequence->kind != NodeKind::kSequence) return out;
  for (const Node* child : sequence->children()) {
    if (const Node* item = target_of(child)) out.push_back(item);
  }
  return out;
}

Value value_of(const syntax::Tree& tree, const Node* node, core::Arena& arena) { return convert(tree, node, arena, 0); }

void Documents::error(const core::Span& span, std::string message) {
  core::Position at = sources_.lines(span.file).position(span.begin);
  errors_.push_back({sources_.path(span.file), at.line, at.column, std::move(message)});
}
void Documents::error(const syntax::Tree& tree, const Node& node, std::string message) { error(tree.span(node), std::move(message)); }

void Documents::add(const syntax::Tree& tree, const Node& node, int depth) {
  const Node* object = target_of(&node);
  if (!object || object->kind == NodeKind::kNull || (object->kind == NodeKind::kScalar && object->text.empty())) return;
  if (object->kind != NodeKind::kMapping) return error(tree, node, "this document is no Kubernetes object but a bare value");
  std::string_view api = text_member(object, "apiVersion"), kind = text_member(object, "kind");
  if (api.empty() || kind.empty()) {
    return error(tree, *object, std::string("this document is no Kubernetes object: it has no `") + (api.empty() ? "apiVersion" : "kind") + "`");
  }
  const Node* items = member(object, "items");
  if (kind.ends_with("List") && items && items->kind == NodeKind::kSequence && depth < kMaxLists) {
    for (const Node* item : items->children()) add(tree, *item, depth + 1);
    return;
  }
  documents_.push_back({&tree, object, api, kind});
}

void Documents::read(core::FileId file) {
  std::string_view text = sources_.text(file);
  size_t first = text.find_first_not_of(" \t\r\n");
  bool json = first != std::string_view::npos && text[first] == '{';
  std::unique_ptr<syntax::Tree> tree = json ? syntax::read_json(file, text) : syntax::read_yaml(file, text);
  // What looks like JSON may be a flow mapping of YAML.
  if (json && !tree->accepted) tree = syntax::read_yaml(file, text);
  size_t before = errors_.size();
  for (const core::Problem& problem : tree->problems) {
    if (problem.severity != core::ProblemSeverity::kNote) error(problem.span.valid() ? problem.span : core::Span{file, 0, 0}, problem.message);
  }
  if (errors_.size() == before) {
    for (const Node* document : tree->root->children()) {
      const Node* content = document->kind == NodeKind::kDocument ? document->child(0) : document;
      if (content) add(*tree, *content, 0);
    }
  }
  trees_.push_back(std::move(tree));
}

}  // namespace assay::rules::admission
