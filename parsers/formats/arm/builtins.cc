#include "parsers/formats/arm/builtins.h"

#include <algorithm>
#include <unordered_map>

#include "parsers/core/suggest.h"
#include "parsers/core/text.h"

namespace assay::formats::arm {

using core::Span;
using model::Value;

// The functions that the evaluator implements itself. A friend of it, for their names.
struct Builtins {
  static std::vector<Builtin> own() {
    using E = Evaluator;
    return {
        {"parameters", 1, 1, Gives::kAny, nullptr, &E::fn_parameters},
        {"variables", 1, 1, Gives::kAny, nullptr, &E::fn_variables},
        {"if", 3, 3, Gives::kAny, nullptr, &E::fn_if},
        {"and", 1, kAnyNumber, Gives::kBool, nullptr, &E::fn_and},
        {"or", 1, kAnyNumber, Gives::kBool, nullptr, &E::fn_or},
        {"not", 1, 1, Gives::kBool, nullptr, &E::fn_not},
        {"bool", 1, 1, Gives::kBool, nullptr, &E::fn_bool},
        {"equals", 2, 2, Gives::kBool, nullptr, &E::fn_equals},
        {"coalesce", 1, kAnyNumber, Gives::kAny, nullptr, &E::fn_coalesce},
        {"copyIndex", 0, 2, Gives::kNumber, nullptr, &E::fn_copy_index},
        {"concat", 1, kAnyNumber, Gives::kAny, nullptr, &E::fn_concat},
        {"format", 1, kAnyNumber, Gives::kText, nullptr, &E::fn_format},
        {"join", 2, 2, Gives::kText, nullptr, &E::fn_join},
        {"contains", 2, 2, Gives::kBool, nullptr, &E::fn_contains},
        {"empty", 1, 1, Gives::kBool, nullptr, &E::fn_empty},
        {"length", 1, 1, Gives::kNumber, nullptr, &E::fn_length},
        {"array", 1, 1, Gives::kAny, nullptr, &E::fn_array},
        {"createArray", 0, kAnyNumber, Gives::kAny, nullptr, &E::fn_create_array},
        {"createObject", 0, kAnyNumber, Gives::kAny, nullptr, &E::fn_create_object},
        {"union", 1, kAnyNumber, Gives::kAny, nullptr, &E::fn_union},
        {"tryGet", 1, kAnyNumber, Gives::kAny, nullptr, &E::fn_try_get},
        {"first", 1, 1, Gives::kAny, nullptr, &E::fn_first},
        {"last", 1, 1, Gives::kAny, nullptr, &E::fn_last},
        {"string", 1, 1, Gives::kText, nullptr, &E::fn_string},
        {"json", 1, 1, Gives::kAny, nullptr, &E::fn_json},
        {"lambda", 1, kAnyNumber, Gives::kAny, nullptr, &E::fn_lambda},
        {"lambdaVariables", 1, 1, Gives::kAny, nullptr, &E::fn_lambda_variables},
        {"map", 2, 2, Gives::kAny, nullptr, &E::fn_map},
        {"filter", 2, 2, Gives::kAny, nullptr, &E::fn_filter},
        {"reduce", 3, 3, Gives::kAny, nullptr, &E::fn_reduce},
        {"toObject", 2, 3, Gives::kAny, nullptr, &E::fn_to_object},
        {"mapValues", 2, 2, Gives::kAny, nullptr, &E::fn_map_values},
        {"resourceId", 2, kAnyNumber, Gives::kText, nullptr, &E::fn_resource_id},
        {"subscriptionResourceId", 2, kAnyNumber, Gives::kText, nullptr, &E::fn_resource_id},
        {"tenantResourceId", 2, kAnyNumber, Gives::kText, nullptr, &E::fn_resource_id},
        {"managementGroupResourceId", 2, kAnyNumber, Gives::kText, nullptr, &E::fn_resource_id},
        {"extensionResourceId", 3, kAnyNumber, Gives::kText, nullptr, &E::fn_resource_id},
        {"reference", 0, 3, Gives::kAny, nullptr, &E::fn_reference},
        {"references", 1, 2, Gives::kAny, nullptr, &E::fn_runtime},
        {"list", 1, 3, Gives::kAny, nullptr, &E::fn_list},
        {"subscription", 0, 0, Gives::kAny, nullptr, &E::fn_scope_object},
        {"resourceGroup", 0, 0, Gives::kAny, nullptr, &E::fn_scope_object},
        {"managementGroup", 0, 0, Gives::kAny, nullptr, &E::fn_scope_object},
        {"tenant", 0, 0, Gives::kAny, nullptr, &E::fn_scope_object},
        {"deployment", 0, 0, Gives::kAny, nullptr, &E::fn_runtime},
        {"deployer", 0, 0, Gives::kAny, nullptr, &E::fn_runtime},
        {"environment", 0, 0, Gives::kAny, nullptr, &E::fn_runtime},
        {"providers", 1, 2, Gives::kAny, nullptr, &E::fn_runtime},
        {"pickZones", 3, 5, Gives::kAny, nullptr, &E::fn_runtime},
        {"toLogicalZone", 3, 3, Gives::kText, nullptr, &E::fn_runtime},
        {"toLogicalZones", 3, 3, Gives::kAny, nullptr, &E::fn_runtime},
        {"toPhysicalZone", 3, 3, Gives::kText, nullptr, &E::fn_runtime},
        {"toPhysicalZones", 3, 3, Gives::kAny, nullptr, &E::fn_runtime},
        {"getSecret", 1, 3, Gives::kText, nullptr, &E::fn_list},
        {"sort", 2, 2, Gives::kAny, nullptr, &E::fn_by_lambda},
        {"groupBy", 2, 3, Gives::kAny, nullptr, &E::fn_by_lambda},
        {"cidrSubnet", 3, 3, Gives::kText, nullptr, &E::fn_runtime},
        {"cidrHost", 2, 2, Gives::kText, nullptr, &E::fn_runtime},
        {"parseCidr", 1, 1, Gives::kAny, nullptr, &E::fn_runtime},
        {"dateTimeAdd", 2, 3, Gives::kText, nullptr, &E::fn_runtime},
        {"dateTimeFromEpoch", 1, 1, Gives::kText, nullptr, &E::fn_runtime},
        {"dateTimeToEpoch", 1, 1, Gives::kNumber, nullptr, &E::fn_runtime},
        {"uniqueString", 1, kAnyNumber, Gives::kText, nullptr, &E::fn_generated},
        {"guid", 1, kAnyNumber, Gives::kText, nullptr, &E::fn_generated},
        {"newGuid", 0, 0, Gives::kText, nullptr, &E::fn_generated},
        {"utcNow", 0, 1, Gives::kText, nullptr, &E::fn_generated},
    };
  }
};

namespace {

struct Table {
  std::unordered_map<std::string, Builtin> by_name;
  std::vector<std::string_view> names;

  Table() {
    auto add = [&](const Builtin& one) {
      by_name.emplace(core::to_lower_ascii(one.name), one);
      names.push_back(one.name);
    };
    for (const Builtin& one : Builtins::own()) add(one);
    for (const Builtin& one : text_builtins()) add(one);
    for (const Builtin& one : collection_builtins()) add(one);
  }
};

const Table& table() {
  static const Table made;
  return made;
}

const model::Type* type_of(Gives gives) {
  switch (gives) {
    case Gives::kText: return model::string_type();
    case Gives::kNumber: return model::number_type();
    case Gives::kBool: return model::bool_type();
    case Gives::kAny: break;
  }
  return nullptr;
}

}  // namespace

const Builtin* find_builtin(std::string_view name) {
  auto found = table().by_name.find(std::string(name));
  // Resource types define list functions of their own: listKeys, listCallbackUrl.
  if (found == table().by_name.end() && name.starts_with("list") && name.size() > 4) {
    found = table().by_name.find("list");
  }
  return found == table().by_name.end() ? nullptr : &found->second;
}

std::string suggest_builtin(std::string_view name) { return core::did_you_mean(name, table().names); }

Value PureCall::text(const std::string& made) {
  if (!spend(made.size())) return model::null_value();
  return model::string_value(arena.copy(std::string_view(made)));
}

bool PureCall::spend(size_t bytes) {
  if (evaluator_.spend(bytes, at_)) return true;
  error = "limit";
  return false;
}

Value PureCall::fail(std::string message) {
  if (error.empty()) error = std::move(message);
  return model::null_value();
}

Value run_pure(Evaluator& evaluator, const Builtin& builtin, const Call& call) {
  return evaluator.call_pure(builtin.pure, type_of(builtin.gives), call);
}

Value Evaluator::call_pure(Value (*pure)(PureCall&, std::span<const Value>), const model::Type* type,
                           const Call& call) {
  std::vector<Value> given = arguments(call);
  Span at = place_of(call);
  Value value = over(given, [&](std::span<const Value> chosen) -> Value {
    uint8_t marks = 0;
    bool known = true;
    for (const Value& one : chosen) {
      marks |= model::marks_inside(one);
      known = known && model::wholly_known(one);
    }
    if (!known) {
      model::Unknown unknown = derived(call.name, type, chosen).unknown();
      unknown.not_null = true;
      return model::with_marks(model::unknown_value(unknown, arena_), marks);
    }
    PureCall pure_call(*this, at);
    Value made = pure(pure_call, chosen);
    if (!pure_call.error.empty()) {
      if (pure_call.error == "limit") return opaque(call.name, at, type);
      return wrong_call(call, std::string(call.name) + "(): " + pure_call.error);
    }
    return model::with_marks(made, marks);
  });
  return result(call, value, given);
}

}  // namespace assay::formats::arm
