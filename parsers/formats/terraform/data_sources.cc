#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/json_syntax.h"
#include "parsers/formats/terraform/policy_document.h"
#include "parsers/syntax/hcl/reader.h"

namespace assay::formats::terraform {

using model::Entry;
using model::Value;

namespace {

// Attributes that say the same as another one.
struct Twin {
  std::string_view type, attribute, twin;
};
constexpr Twin kTwins[] = {
    {"aws_region", "name", "id"},           {"aws_region", "name", "region"},
    {"aws_region", "region", "name"},       {"aws_partition", "partition", "id"},
    {"aws_caller_identity", "account_id", "id"},
};

const Value* entry_of(const std::vector<Entry>& entries, std::string_view name) {
  for (const Entry& entry : entries) {
    if (entry.key == name) return &entry.value;
  }
  return nullptr;
}

}  // namespace

// What the user said the cloud would answer (--context).
const Value* Evaluator::context_value(std::string_view type, std::string_view attribute) {
  if (!context_.options) return nullptr;
  std::string key = std::string(type) + "." + std::string(attribute);
  auto known = context_values_.find(key);
  if (known != context_values_.end()) return &known->second;
  auto given = context_.options->context.find(key);
  if (given == context_.options->context.end()) return nullptr;
  Value value;
  if (!json_text_value(given->second, root_.arena, &value)) {
    value = model::string_value(root_.arena.copy(given->second));
  }
  // Lists of the cloud's answers are lists, not tuples.
  if (value.kind == model::ValueKind::kTuple) value.kind = model::ValueKind::kList;
  return &context_values_.emplace(std::move(key), value).first->second;
}

// Adds what a data source computes, where that can be known without asking anyone.
void Evaluator::complete_data(Instance& instance, std::vector<Entry>& entries) {
  const Declaration& declaration = *instance.node->declaration;
  std::string_view type = declaration.type;
  core::Span span = declaration.block.header();
  auto add = [&](std::string_view name, Value value) {
    value.span = span;
    for (Entry& entry : entries) {
      if (entry.key != name) continue;
      // An argument left null is computed like an absent one.
      if (entry.value.is_null()) entry.value = value;
      return;
    }
    entries.push_back({name, {}, value});
  };
  if (type == "aws_iam_policy_document") {
    Value document = policy_document(object_value(entries, root_.arena), root_.guards, root_.arena);
    if (wholly_known(document)) {
      uint8_t marks = marks_inside(document);
      model::Origin origin;
      origin.kind = model::OriginKind::kFunction;
      origin.span = span;
      origin.what = type;
      origin.structure = root_.arena.make<Value>(document);
      auto text = [&](uint32_t indent) {
        Value json = with_marks(model::string_value(root_.arena.copy(json_text(document, indent))), marks);
        json.origin = root_.arena.make<model::Origin>(origin);
        return json;
      };
      add("json", text(2));
      add("minified_json", text(0));
      return;
    }
    for (std::string_view name : {"json", "minified_json"}) {
      std::string id = std::string(instance.id.text()) + "." + std::string(name);
      Value unknown = derived_unknown(id, model::string_type(), {&document, 1}, root_.guards, root_.arena);
      model::Unknown refined = unknown.unknown();
      refined.not_null = true;
      refined.structure = root_.arena.make<Value>(document);
      refined.prefix = "{";
      add(name, with_marks(unknown_value(refined, root_.arena), unknown.marks));
    }
    return;
  }
  if (context_.options) {
    std::string prefix = std::string(type) + ".";
    auto at = context_.options->context.lower_bound(prefix);
    for (; at != context_.options->context.end() && at->first.compare(0, prefix.size(), prefix) == 0; ++at) {
      std::string_view name = root_.arena.copy(at->first.substr(prefix.size()));
      if (const Value* value = context_value(type, name)) add(name, *value);
    }
    for (const Twin& twin : kTwins) {
      if (twin.type != type) continue;
      if (const Value* value = context_value(type, twin.attribute)) add(twin.twin, *value);
    }
  }
  if (type == "local_file") {
    const Value* name = entry_of(entries, "filename");
    if (!name || !name->is_string()) return;
    CallContext& context = call_context(span);
    CallResult text = read_text_file(name->text(), context);
    if (!text.is_error) add("content", text.value);
  }
  if (type == "template_file") {
    const Value* source = entry_of(entries, "template");
    const Value* vars = entry_of(entries, "vars");
    if (!source || !source->is_string() || (vars && !vars->is_mapping())) return;
    auto& tree = templates_["text " + std::string(source->text())];
    if (!tree) tree = syntax::read_hcl_template_file(core::kNoFile, source->text());
    if (!tree->accepted || tree->root->kind == syntax::NodeKind::kError) return;
    std::vector<Binding> bindings(vars ? vars->size : 0);
    const Binding* outer = nullptr;
    for (size_t i = 0; i < bindings.size(); ++i) {
      bindings[i] = {vars->entries()[i].key, vars->entries()[i].value, outer};
      outer = &bindings[i];
    }
    Scope inner;
    inner.borrowed = true;
    inner.template_only = true;
    inner.bindings = outer;
    Value result = settle(evaluate(*tree->root, inner), span, std::string(instance.id.text()) + ".rendered");
    add("rendered", result);
  }
}

}  // namespace assay::formats::terraform
