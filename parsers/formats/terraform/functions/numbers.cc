// Numeric functions. Numbers are exact (core/number.h); pow and log compute in double, as
// Terraform.
#include <algorithm>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using core::Number;

CallResult number(CallContext& context, const Number& value) {
  return model::number_value(value, context.arena);
}

CallResult abs(CallContext& context, Arguments arguments) {
  Number value = arguments[0].number();
  return number(context, value.is_negative() ? Number::negate(value, context.arena) : value);
}

CallResult ceil(CallContext& context, Arguments arguments) {
  return number(context, Number::ceil(arguments[0].number(), context.arena));
}

CallResult floor(CallContext& context, Arguments arguments) {
  return number(context, Number::floor(arguments[0].number(), context.arena));
}

CallResult log(CallContext& context, Arguments arguments) {
  auto result = Number::logarithm(arguments[0].number(), arguments[1].number(), context.arena);
  if (!result) return failure("the logarithm is not a finite number");
  return number(context, *result);
}

CallResult pow(CallContext& context, Arguments arguments) {
  auto result = Number::power(arguments[0].number(), arguments[1].number(), context.arena);
  if (!result) return failure("the power is not a finite number");
  return number(context, *result);
}

CallResult signum(CallContext&, Arguments arguments) {
  if (!arguments[0].number().to_int64()) {
    return failure("value must be a whole number, between -9223372036854775808 and 9223372036854775807");
  }
  return model::int_value(arguments[0].number().sign());
}

CallResult parseint(CallContext& context, Arguments arguments) {
  if (!arguments[0].is_string())
    return bad_argument("number",
                        "first argument must be a string, not " + friendly_name(arguments[0]));
  std::optional<int64_t> base = arguments[1].number().to_int64();
  if (!base || *base < 2 || *base > 62)
    return bad_argument("base", "base must be a whole number between 2 and 62 inclusive");
  auto result = Number::parse_integer(arguments[0].text(), static_cast<int>(*base), context.arena);
  if (!result) {
    return bad_argument("number", "cannot parse \"" + std::string(arguments[0].text()) +
                                      "\" as a base " + std::to_string(*base) + " integer");
  }
  return number(context, *result);
}

// The bounds of an argument: a number bounds itself.
const Number* bound(const Value& value, bool lower, CallContext& context) {
  if (value.is_number()) return context.arena.make<Number>(value.number());
  if (value.is_unknown()) return lower ? value.unknown().minimum : value.unknown().maximum;
  return nullptr;
}

// max(U, 5) is at least 5.
CallResult extreme(CallContext& context, Arguments arguments, bool largest) {
  if (arguments.empty()) return failure("must pass at least one number");
  bool unknown = std::any_of(arguments.begin(), arguments.end(),
                             [](const Value& v) { return v.is_unknown(); });
  if (!unknown) {
    const Value* best = &arguments[0];
    for (const Value& value : arguments) {
      if (largest ? value.number() > best->number() : value.number() < best->number())
        best = &value;
    }
    return *best;
  }
  model::Unknown facts =
      unknown_facts(context, largest ? "max" : "min", model::number_type(), arguments);
  const Number *strict = nullptr, *loose = nullptr;  // one bound suffices; all must have the other
  bool all = true;
  for (const Value& value : arguments) {
    const Number* one = bound(value, largest, context);
    const Number* other = bound(value, !largest, context);
    if (one != nullptr && (strict == nullptr || (largest ? *one > *strict : *one < *strict)))
      strict = one;
    if (other != nullptr && (loose == nullptr || (largest ? *other > *loose : *other < *loose)))
      loose = other;
    all = all && other != nullptr;
  }
  facts.minimum = largest ? strict : (all ? loose : nullptr);
  facts.maximum = largest ? (all ? loose : nullptr) : strict;
  Value out = model::unknown_value(facts, context.arena);
  for (const Value& value : arguments) out.marks |= value.marks;
  return out;
}

CallResult max(CallContext& context, Arguments arguments) {
  return extreme(context, arguments, true);
}
CallResult min(CallContext& context, Arguments arguments) {
  return extreme(context, arguments, false);
}

CallResult sum(CallContext& context, Arguments arguments) {
  const Value& list = arguments[0];
  if (!list.is_sequence())
    return bad_argument("list",
                        "argument must be list, set, or tuple. Received " + friendly_name(list));
  if (list.size == 0) return bad_argument("list", "cannot sum an empty list");
  Number total(0);
  for (const Value& item : list.items()) {
    if (item.is_null())
      return bad_argument("list", "argument must be list, set, or tuple of number values");
    CallResult converted = convert(item, model::number_type(), context);
    if (converted.is_error)
      return bad_argument("list", "argument must be list, set, or tuple of number values");
    total = Number::add(total, converted.value.number(), context.arena);
  }
  return number(context, total);
}

constexpr FunctionInfo kFunctions[] = {
    {"abs", "n", abs, 0, 'n'},
    {"ceil", "n", ceil, 0, 'n'},
    {"floor", "n", floor, 0, 'n'},
    {"log", "n n", log, 0, 'n'},
    {"max", "n*", max, kTakesUnknown | kTakesWhole | kSelects, 'n'},
    {"min", "n*", min, kTakesUnknown | kTakesWhole | kSelects, 'n'},
    {"parseint", "d n", parseint, 0, 'n'},
    {"pow", "n n", pow, 0, 'n'},
    {"signum", "n", signum, 0, 'n'},
    {"sum", "d", sum, 0, 'n'},
};

}  // namespace

std::span<const FunctionInfo> number_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
