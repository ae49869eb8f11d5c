#include "parsers/formats/terraform/evaluator.h"

namespace assay::formats::terraform {

using model::Entry;
using model::Value;
using syntax::Node;
using syntax::NodeKind;

namespace {

// `aws` or `aws.west`, also in quotes as older configurations write it.
bool provider_reference(const Node& node, std::string_view* name, std::string_view* alias) {
  *alias = {};
  if (node.kind == NodeKind::kVariable) {
    *name = node.text;
    return true;
  }
  if (node.kind == NodeKind::kGetAttr && node.child(0)->kind == NodeKind::kVariable) {
    *name = node.child(0)->text;
    *alias = node.text;
    return true;
  }
  std::string_view text = literal_string(node);
  if (text.empty()) return false;
  size_t dot = text.find('.');
  *name = text.substr(0, dot);
  if (dot != std::string_view::npos) *alias = text.substr(dot + 1);
  return true;
}

}  // namespace

ProviderConfig Evaluator::provider_of(ModuleInstance& module, const Declaration& resource) {
  std::string_view name = resource.type.substr(0, resource.type.find('_')), alias;
  if (const Item* given = resource.attribute("provider")) {
    if (!provider_reference(given->expression(), &name, &alias)) return {};
  }
  return find_provider(module, name, alias);
}

// The configuration behind a local provider name: here, handed down by the call, or inherited.
ProviderConfig Evaluator::find_provider(ModuleInstance& module, std::string_view name,
                                                   std::string_view alias) {
  std::string key(name);
  if (!alias.empty()) key.append(".").append(alias);
  for (const Declaration& provider : module.source->providers()) {
    if (provider.name == key) return {&module, &provider};
  }
  if (!module.parent) return {};
  if (const Item* given = module.call->attribute("providers");
      given && given->expression().kind == NodeKind::kObject) {
    for (const Node* item : given->expression().children()) {
      if (item->child_count < 2) continue;
      std::string_view inner_name, inner_alias, outer_name, outer_alias;
      if (!provider_reference(*item->child(0), &inner_name, &inner_alias) || inner_name != name ||
          inner_alias != alias) {
        continue;
      }
      if (!provider_reference(*item->child(1), &outer_name, &outer_alias)) return {};
      return find_provider(*module.parent, outer_name, outer_alias);
    }
  }
  return alias.empty() ? find_provider(*module.parent, name, {}) : ProviderConfig{};
}

Value Evaluator::provider_value(const ProviderConfig& provider) {
  ModuleInstance& module = *provider.module;
  size_t index = static_cast<size_t>(provider.declaration - module.source->providers().data());
  Thunk& thunk = module.providers[index];
  core::Span span = provider.declaration->block.header();
  Value out;
  if (!start(thunk, module, "provider.", provider.declaration->name, span, &out)) return out;
  Scope scope = module_scope(module);
  // OpenTofu: for_each of a provider; its instances differ only in what each gives.
  Value each_key, each_value;
  if (provider.declaration->attribute("for_each")) {
    std::string id = id_in(module, "provider." + std::string(provider.declaration->name));
    each_key = unknown_named(id + ".each.key", model::string_type(), true);
    each_value = unknown_named(id + ".each.value");
    scope.each_key = &each_key;
    scope.each_value = &each_value;
  }
  BodyOptions options;
  options.top = true;
  options.facts = provider.declaration->facts;
  return finish(thunk, with_span(body_object(provider.declaration->items, scope, options), span), span);
}

// The tags a resource really gets: the provider's defaults, overridden by its own.
bool Evaluator::add_default_tags(Instance& instance, std::span<const Entry> entries, Entry* added) {
  const Declaration& declaration = *instance.node->declaration;
  bool aws = declaration.type.substr(0, 4) == "aws_";
  bool google = declaration.type.substr(0, 7) == "google_";
  if (!aws && !google) return false;
  ProviderConfig provider = provider_of(*instance.module, declaration);
  const Value* defaults = nullptr;
  if (provider.declaration) {
    Value config = provider_value(provider);
    if (config.is_mapping()) {
      if (google) {
        defaults = config.find("default_labels");
      } else if (const Value* blocks = config.find("default_tags")) {
        const Value& block = blocks->is_sequence() && blocks->size > 0 ? blocks->items()[0] : *blocks;
        defaults = block.find("tags");
      }
    }
  }
  const Value* own = nullptr;
  for (const Entry& entry : entries) {
    if (entry.key == (aws ? "tags" : "labels")) own = &entry.value;
    if (entry.key == (aws ? "tags_all" : "terraform_labels")) return false;
  }
  if (!defaults || defaults->is_null()) return false;
  Value all = *defaults;
  if (own && !own->is_null()) {
    const FunctionInfo* merge = find_function("merge");
    CallContext& context = call_context(own->span);
    Value both[] = {*defaults, *own};
    Value merged = merge ? from_result(call_function(*merge, context, both), own->span) : *own;
    if (is_error(merged)) return false;
    all = with_span(merged, own->span);
  }
  *added = {aws ? "tags_all" : "terraform_labels", {}, all};
  return true;
}

}  // namespace assay::formats::terraform
