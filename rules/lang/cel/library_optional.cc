// Optional values: optional.of, none, ofNonZeroValue, or, orValue, hasValue, value (the macros optMap
// and optFlatMap are in comprehension.cc), first() and last() of lists.
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

bool is_zero(Eval& eval, const Val& value) {
  switch (value.kind) {
    case Kind::kNull: return true;
    case Kind::kBool: return !value.boolean;
    case Kind::kInt:
    case Kind::kDuration: return value.integer == 0;
    case Kind::kUint: return value.natural == 0;
    case Kind::kDouble: return value.real == 0;
    case Kind::kString:
    case Kind::kBytes: return value.size == 0;
    case Kind::kList:
    case Kind::kMap: return eval.count(value) == 0;
    case Kind::kTimestamp: return value.integer == 0 && value.size == 0;
    case Kind::kOptional: return !value.optional;
    case Kind::kUnknown: return eval.ask(eval.id_of_call("isZero", {&value, 1}), {&value, 1});
    default: return false;
  }
}

Val of(Eval& eval, Args args) { return some_val(args[0], eval.arena()); }
Val none(Eval&, Args) { return none_val(); }
Val of_non_zero(Eval& eval, Args args) {
  return is_zero(eval, args[0]) ? none_val() : some_val(args[0], eval.arena());
}
Val has_value(Eval&, Args args) { return bool_val(args[0].optional != nullptr); }
Val value(Eval& eval, Args args) {
  return args[0].optional ? *args[0].optional : eval.error("optional.none() has no value", "optional.none() dereference");
}
Val or_optional(Eval&, Args args) { return args[0].optional ? args[0] : args[1]; }
Val or_value(Eval&, Args args) { return args[0].optional ? *args[0].optional : args[1]; }

Val first(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  return items.empty() ? none_val() : some_val(items.front(), eval.arena());
}
Val last(Eval& eval, Args args) {
  auto items = eval.items(args[0]);
  return items.empty() ? none_val() : some_val(items.back(), eval.arena());
}
Val unwrap(Eval& eval, Args args) {
  std::vector<Val> out;
  for (const Val& item : eval.items(args[0])) {
    if (!item.is(Kind::kOptional)) return eval.no_overload("unwrap", {&item, 1});
    if (item.optional) out.push_back(*item.optional);
  }
  return list_val(eval.arena().copy(out));
}

constexpr FunctionRow kRows[] = {
    {"optional.of", "(A) optional(A)", of, kSeesUnknown},
    {"optional.none", "() optional(A)", none},
    {"optional.ofNonZeroValue", "(A) optional(A)", of_non_zero, kSeesUnknown},
    {"optional.unwrap", "(list(optional(A))) list(A)", unwrap},
    {"unwrapOpt", "list(optional(A)).() list(A)", unwrap},
    {"hasValue", "optional(A).() bool", has_value},
    {"value", "optional(A).() A", value},
    {"or", "optional(A).(optional(A)) optional(A)", or_optional},
    {"orValue", "optional(A).(A) A", or_value},
    {"first", "list(A).() optional(A)", first},
    {"last", "list(A).() optional(A)", last},
};

}  // namespace

std::span<const FunctionRow> optional_library() { return kRows; }

}  // namespace assay::rules::cel
