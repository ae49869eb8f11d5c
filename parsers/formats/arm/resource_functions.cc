// Functions about resources and about where a template is deployed: resourceId(), reference(),
// list*(), subscription(). What only Azure knows is unknown; who is meant is not.
#include <algorithm>

#include "parsers/core/text.h"
#include "parsers/formats/arm/evaluator.h"
#include "parsers/model/provenance.h"

namespace assay::formats::arm {

using core::Span;
using model::OriginKind;
using model::Value;

// --- Identities.

Value Evaluator::resource_id(std::string_view type, const Value& name, Span at) {
  std::string spelled = "resourceId(" + lower(type) + ", " + lower(model::name_of(name)) + ")";
  model::Unknown unknown = model::unknown_input(place_.resources_prefix + spelled, model::string_type(), arena_).unknown();
  std::vector<core::Symbol> causes = model::causes_of(name, guards_);
  core::Symbol subscription("subscription()");
  auto after = std::lower_bound(causes.begin(), causes.end(), subscription,
                                [](core::Symbol a, core::Symbol b) { return a.text() < b.text(); });
  if (after == causes.end() || *after != subscription) causes.insert(after, subscription);
  unknown.cause_array = arena_.copy(causes).data();
  unknown.cause_count = static_cast<uint32_t>(causes.size());
  unknown.not_null = true;
  unknown.min_length = 1;
  unknown.prefix = "/";
  if (name.is_string()) {
    // Segments of type and name take turns: /providers/A.B/x/NAME/y/NAME.
    std::string text = "/providers/";
    std::vector<std::string_view> types = core::split(type, '/'), names = core::split(name.text(), '/');
    text += types[0];
    for (size_t i = 0; i < names.size(); ++i) {
      text.append(1, '/').append(i + 1 < types.size() ? types[i + 1] : std::string_view{});
      text.append(1, '/').append(names[i]);
    }
    unknown.suffix = arena_.copy(std::string_view(text));
  }
  return model::with_span(model::unknown_value(unknown, arena_), at);
}

void Evaluator::declare(const Instance& instance) {
  auto add = [&](std::string key) {
    if (key.size() > 1) rows_.emplace(std::move(key), instance.row);
  };
  auto add_value = [&](const Value& value) {
    if (value.is_string()) add("=" + lower(value.text()));
    else if (value.is_unknown()) add("?" + std::string(value.unknown().id.text()));
  };
  if (!instance.symbol.empty()) add("@" + std::string(instance.symbol));
  add_value(resource_id(instance.type, instance.name, instance.type_span));
  std::string typed = std::string(instance.type) + "/";
  Value parts[] = {model::string_value(arena_.copy(std::string_view(typed))), instance.name};
  add_value(concatenate(parts, instance.type_span));
  // A bare name counts while only one resource has it.
  std::string key = lower(model::name_of(instance.name));
  if (!key.empty() && ++names_seen_[key] == 1) add_value(instance.name);
}

uint32_t Evaluator::find_row(const Value& named) const {
  auto find = [&](std::string key) {
    auto found = rows_.find(key);
    return found == rows_.end() ? kNoRow : found->second;
  };
  if (named.is_unknown() && !named.unknown().id.empty()) return find("?" + std::string(named.unknown().id.text()));
  if (!named.is_string()) return kNoRow;
  uint32_t row = find("@" + std::string(named.text()));
  return row != kNoRow ? row : find("=" + lower(named.text()));
}

Value Evaluator::fn_resource_id(const Call& call) {
  std::vector<Value> given = arguments(call);
  Span at = place_of(call);
  // The type is the first text with a namespace and a slash; before it stand scopes.
  size_t type = given.size();
  bool extension = call.name == "extensionResourceId";
  for (size_t i = extension ? 1 : 0; i < given.size(); ++i) {
    bool typed = given[i].is_string() && given[i].text().find('/') != std::string_view::npos &&
                 given[i].text().find('.') < given[i].text().find('/') && !given[i].text().starts_with('/');
    if (!typed) continue;
    type = i;
    break;
  }
  if (type + 1 >= given.size()) {
    bool open = std::any_of(given.begin(), given.end(), [](const Value& value) { return !value.is_string(); });
    return open ? result(call, derived(call.name, model::string_type(), given), given)
                : wrong_call(call, std::string(call.name) + "() needs a type such as 'Microsoft.Storage/storageAccounts' "
                                   "and a name for each of its segments");
  }
  std::string_view full = given[type].text();
  while (full.ends_with('/')) full.remove_suffix(1);  // Azure forgives it
  auto segments = static_cast<size_t>(std::count(full.begin(), full.end(), '/'));
  std::span<const Value> names(given.data() + type + 1, given.size() - type - 1);
  if (segments != names.size()) {
    return wrong_call(call, std::string(call.name) + "() needs " + std::to_string(segments) + " names for the type " +
                                std::string(full) + ", not " + std::to_string(names.size()));
  }
  Value value = over(names, [&](std::span<const Value> chosen) -> Value {
    std::vector<Value> parts;
    for (const Value& name : chosen) {
      if (!parts.empty()) parts.push_back(model::string_value("/"));
      parts.push_back(name);
    }
    Value name = concatenate(parts, at);
    bool elsewhere = type > 0 || call.name == "tenantResourceId" || call.name == "managementGroupResourceId";
    if (elsewhere) {
      // Another scope may hold a resource of the same name: this identity is its own.
      std::vector<Value> from(given.begin(), given.end());
      Value made = derived(call.name, model::string_type(), from);
      model::Unknown unknown = made.unknown();
      unknown.not_null = true;
      unknown.suffix = resource_id(full, name, at).unknown().suffix;
      uint32_t row = extension ? kNoRow : find_row(resource_id(full, name, at));
      refer(row);
      return model::with_span(model::unknown_value(unknown, arena_), at);
    }
    Value made = resource_id(full, name, at);
    refer(find_row(made));
    return made;
  });
  return result(call, value, names);
}

// --- What Azure answers.

Value Evaluator::runtime(const Call& call, std::string_view name, const model::Type* type) {
  std::string shown(name);
  model::Unknown unknown = model::unknown_input(id(shown), type, arena_).unknown();
  unknown.not_null = true;
  Span at = place_of(call);
  Value value = model::with_span(model::unknown_value(unknown, arena_), at);
  return model::with_origin(value, origin(OriginKind::kReference, at, arena_.copy(name), {}));
}

Value Evaluator::fn_reference(const Call& call) {
  if (call.expression->child_count == 0) return runtime(call, "reference()", nullptr);
  Value named = argument(call, 0);
  uint32_t row = find_row(named);
  refer(row);
  std::string name;
  if (row != kNoRow && row < root_.resources.size()) {
    name = "reference(" + std::string(root_.resources[row].address) + ")";
  } else {
    name = "reference(" + model::name_of(named) + ")";
    if (name == "reference()") return opaque("reference()", place_of(call));
  }
  return runtime(call, arena_.copy(std::string_view(name)), nullptr);
}

Value Evaluator::fn_list(const Call& call) {
  Value named = argument(call, 0);
  uint32_t row = find_row(named);
  refer(row);
  std::string target = row != kNoRow && row < root_.resources.size() ? std::string(root_.resources[row].address)
                                                                      : model::name_of(named);
  std::string name = std::string(call.expression->text) + "(" + target + ")";
  return model::with_marks(runtime(call, arena_.copy(std::string_view(name)), nullptr), model::kSensitive);
}

Value Evaluator::fn_runtime(const Call& call) {
  std::vector<Value> given = arguments(call);
  std::string name(call.name);
  name += '(';
  for (const Value& value : given) {
    if (name.back() != '(') name += ", ";
    name += model::name_of(value);
  }
  name += ')';
  return runtime(call, arena_.copy(std::string_view(name)), nullptr);
}

// The text of a JSON string that --context gives for one of the keys; "" when none.
std::string Evaluator::context_text(std::initializer_list<std::string_view> keys) const {
  for (std::string_view key : keys) {
    if (!context_.options) break;
    auto found = context_.options->context.find(std::string(key));
    if (found == context_.options->context.end()) continue;
    std::string_view text = found->second;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    return std::string(text);
  }
  return {};
}

// subscription(), resourceGroup(), tenant(): objects of which --context may tell a part.
Value Evaluator::fn_scope_object(const Call& call) {
  std::string name = std::string(call.name) + "()";
  Value made = runtime(call, arena_.copy(std::string_view(name)), nullptr);
  std::vector<model::Entry> entries;
  auto add = [&](std::string_view key, std::initializer_list<std::string_view> context) {
    std::string text = context_text(context);
    if (text.empty()) return;
    entries.push_back({key, {}, model::with_span(model::string_value(arena_.copy(std::string_view(text))), made.span)});
  };
  if (call.name == "resourceGroup") {
    add("location", {"resourceGroup.location", "azurerm_resource_group.location"});
    add("name", {"resourceGroup.name", "azurerm_resource_group.name"});
  } else if (call.name == "subscription") {
    add("subscriptionId", {"subscription.subscriptionId", "azurerm_client_config.subscription_id"});
    add("tenantId", {"subscription.tenantId", "azurerm_client_config.tenant_id"});
  } else if (call.name == "tenant") {
    add("tenantId", {"tenant.tenantId", "azurerm_client_config.tenant_id"});
  }
  if (entries.empty()) return made;
  model::Unknown unknown = made.unknown();
  unknown.structure = arena_.make<Value>(model::object_value(entries, arena_));
  Value known = model::unknown_value(unknown, arena_);
  return model::with_origin(model::with_span(known, made.span), made.origin);
}

// uniqueString(), guid(): texts of known length that are computed from their arguments.
Value Evaluator::fn_generated(const Call& call) {
  std::vector<Value> given = arguments(call);
  bool fresh = call.name == "newGuid" || call.name == "utcNow";
  std::string name(call.name);
  if (fresh) name += "@" + std::to_string(place_of(call).begin);
  Value value = over(given, [&](std::span<const Value> chosen) -> Value {
    model::Unknown unknown = derived(name, model::string_type(), chosen).unknown();
    unknown.not_null = true;
    if (call.name == "uniqueString") unknown.min_length = unknown.max_length = 13;
    if (call.name == "guid" || call.name == "newGuid") unknown.min_length = unknown.max_length = 36;
    if (unknown.cause_count == 0) {
      unknown.cause_array = arena_.make<core::Symbol>(core::Symbol(std::string(call.name) + "()"));
      unknown.cause_count = 1;
    }
    return model::unknown_value(unknown, arena_);
  });
  return result(call, value, given);
}

}  // namespace assay::formats::arm
