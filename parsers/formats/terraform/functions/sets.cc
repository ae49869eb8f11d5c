// Functions over sets: union, intersection, difference, product.
#include <algorithm>
#include <vector>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using model::Guard;
using model::kAlways;
using model::kNever;

// All sets with elements of one type, so that equal elements are equal.
CallResult alike(CallContext& context, Arguments arguments, std::vector<Value>& sets) {
  sets.assign(arguments.begin(), arguments.end());
  if (unify_values(sets, context).is_error)
    return failure("all sets must have elements of one type");
  return {};
}

const Type* element_of(const std::vector<Value>& sets) {
  for (const Value& set : sets) {
    if (set.size == 0 && set.type != nullptr) return set.type;
  }
  return nullptr;
}

CallResult set_union(CallContext& context, Arguments arguments) {
  std::vector<Value> sets;
  if (CallResult result = alike(context, arguments, sets); result.is_error) return result;
  std::vector<Value> items;
  for (const Value& set : sets) items.insert(items.end(), set.items().begin(), set.items().end());
  return make_set(items, element_of(sets), context);
}

// Under which the set holds an element equal to `item`, looking at known elements in cty's order.
Guard held(const Value& set, const Value& item, CallContext& context) {
  Guard guard = kNever;
  for (const Value& other : set.items()) {
    if (model::same_value(other, item)) guard = context.guards.either(guard, other.guard);
  }
  return guard;
}

// Elements of the first set that all (or none) of the others hold.
CallResult filter(CallContext& context, Arguments arguments, bool keep_held) {
  std::vector<Value> sets;
  if (CallResult result = alike(context, arguments, sets); result.is_error) return result;
  uint64_t work = 0;
  for (size_t i = 1; i < sets.size(); ++i)
    work += static_cast<uint64_t>(sets[0].size) * sets[i].size;
  if (work > core::kMaxSteps) return failure("the sets have too many elements");
  std::vector<Value> items;
  for (Value item : sets[0].items()) {
    for (size_t i = 1; i < sets.size() && item.guard != kNever; ++i) {
      Guard there = held(sets[i], item, context);
      item.guard =
          context.guards.both(item.guard, keep_held ? there : context.guards.negate(there));
    }
    if (item.guard != kNever) items.push_back(item);
  }
  return make_set(items, element_of(sets), context);
}

CallResult set_intersection(CallContext& context, Arguments arguments) {
  return filter(context, arguments, true);
}
CallResult set_subtract(CallContext& context, Arguments arguments) {
  return filter(context, arguments, false);
}

CallResult set_product(CallContext& context, Arguments arguments) {
  if (arguments.size() < 2) return failure("at least two arguments are required");
  std::vector<Value> factors;
  bool all_lists = true;
  uint64_t total = 1;
  for (const Value& argument : arguments) {
    if (!argument.is_sequence())
      return failure("a set or a list is required, not " + friendly_name(argument));
    all_lists = all_lists && argument.kind != ValueKind::kSet;
    Value factor = argument;
    if (argument.kind == ValueKind::kTuple) {
      CallResult list =
          convert(argument, model::list_type(context.arena, model::dynamic_type()), context);
      if (list.is_error) return failure("all elements of an argument must have one type");
      factor = list.value;
    }
    total = std::min<uint64_t>(total * factor.size, core::kMaxCollection + 1);
    factors.push_back(factor);
  }
  if (total > core::kMaxCollection) return failure("the result has too many elements");
  std::vector<Value> tuples;
  std::vector<uint32_t> at(factors.size(), 0);
  for (uint64_t n = 0; n < total; ++n) {
    std::vector<Value> parts;
    Guard guard = kAlways;
    for (size_t i = 0; i < factors.size(); ++i) {
      const Value& item = factors[i].items()[at[i]];
      guard = context.guards.both(guard, item.guard);
      parts.push_back(model::with_guard(item, kAlways));
    }
    Value tuple = model::list_value(parts, context.arena, ValueKind::kTuple);
    tuple.guard = guard;
    if (guard != kNever) tuples.push_back(tuple);
    for (size_t i = factors.size(); i-- > 0;) {
      if (++at[i] < factors[i].size) break;
      at[i] = 0;
    }
  }
  std::vector<const Type*> types;
  for (const Value& factor : factors) {
    const Type* type = model::type_of(factor, context.arena);
    types.push_back(type->element != nullptr ? type->element : model::dynamic_type());
  }
  const Type* element = model::tuple_type(context.arena, types);
  // One set among the arguments takes the order from all of them.
  return all_lists ? make_list(tuples, element, context) : make_set(tuples, element, context);
}

constexpr FunctionInfo kFunctions[] = {
    {"setintersection", "sd sd*", set_intersection, kTakesGuards},
    {"setproduct", "d*", set_product, kTakesUnknown | kTakesMarks | kTakesGuards},
    {"setsubtract", "sd sd", set_subtract, kTakesGuards},
    {"setunion", "sd sd*", set_union, kTakesUnknown | kTakesMarks | kTakesGuards},
};

}  // namespace

std::span<const FunctionInfo> set_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
