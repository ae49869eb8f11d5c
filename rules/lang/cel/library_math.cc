// The extension library "math": greatest and least (macros that call math.@max and @min), rounding,
// sign, bits, classification of doubles.
#include <cmath>

#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

Val same(Eval&, Args args) { return args[0]; }

Val extremum(Eval& eval, Args args, Op better) {
  auto items = eval.items(args[0]);
  if (items.empty()) return eval.error("an empty list has no smallest or greatest element");
  Val best = items[0];
  for (const Val& item : items) {
    if (!item.is_number()) return eval.no_overload(better == Op::kGreater ? "math.greatest" : "math.least", {&item, 1});
    if (eval.compare(better, item, best).is_true()) best = item;
  }
  return best;
}
Val greatest(Eval& eval, Args args) { return extremum(eval, args, Op::kGreater); }
Val least(Eval& eval, Args args) { return extremum(eval, args, Op::kLess); }

Val ceil(Eval&, Args args) { return double_val(std::ceil(args[0].real)); }
Val floor(Eval&, Args args) { return double_val(std::floor(args[0].real)); }
Val round(Eval&, Args args) { return double_val(std::round(args[0].real)); }
Val trunc(Eval&, Args args) { return double_val(std::trunc(args[0].real)); }
Val sqrt_double(Eval&, Args args) { return double_val(std::sqrt(args[0].real)); }
Val sqrt_int(Eval&, Args args) { return double_val(std::sqrt(static_cast<double>(args[0].integer))); }
Val sqrt_uint(Eval&, Args args) { return double_val(std::sqrt(static_cast<double>(args[0].natural))); }

Val abs_int(Eval& eval, Args args) {
  if (args[0].integer == INT64_MIN) return eval.error("integer overflow");
  return int_val(args[0].integer < 0 ? -args[0].integer : args[0].integer);
}
Val abs_double(Eval&, Args args) { return double_val(std::fabs(args[0].real)); }

Val sign_int(Eval&, Args args) { return int_val(args[0].integer > 0 ? 1 : args[0].integer < 0 ? -1 : 0); }
Val sign_uint(Eval&, Args args) { return uint_val(args[0].natural > 0); }
Val sign_double(Eval&, Args args) {
  double real = args[0].real;
  if (std::isnan(real)) return args[0];
  return double_val(real > 0 ? 1 : real < 0 ? -1 : 0);
}

Val is_nan(Eval&, Args args) { return bool_val(std::isnan(args[0].real)); }
Val is_inf(Eval&, Args args) { return bool_val(std::isinf(args[0].real)); }
Val is_finite(Eval&, Args args) { return bool_val(std::isfinite(args[0].real)); }

// Bits of int and uint alike; the result has the kind of the first argument.
Val with_bits(const Val& like, uint64_t bits) {
  return like.is(Kind::kUint) ? uint_val(bits) : int_val(static_cast<int64_t>(bits));
}
Val bit_and(Eval&, Args args) { return with_bits(args[0], args[0].natural & args[1].natural); }
Val bit_or(Eval&, Args args) { return with_bits(args[0], args[0].natural | args[1].natural); }
Val bit_xor(Eval&, Args args) { return with_bits(args[0], args[0].natural ^ args[1].natural); }
Val bit_not(Eval&, Args args) { return with_bits(args[0], ~args[0].natural); }
Val shift_left(Eval& eval, Args args) {
  if (args[1].integer < 0) return eval.error("math.bitShiftLeft: negative offset");
  return with_bits(args[0], args[1].integer > 63 ? 0 : args[0].natural << args[1].integer);
}
Val shift_right(Eval& eval, Args args) {
  if (args[1].integer < 0) return eval.error("math.bitShiftRight: negative offset");
  return with_bits(args[0], args[1].integer > 63 ? 0 : args[0].natural >> args[1].integer);
}

constexpr FunctionRow kRows[] = {
    {"math.@max", "(int) int", same},
    {"math.@max", "(uint) uint", same},
    {"math.@max", "(double) double", same},
    {"math.@max", "(list(int)) int", greatest},
    {"math.@max", "(list(uint)) uint", greatest},
    {"math.@max", "(list(double)) double", greatest},
    {"math.@max", "(list(dyn)) dyn", greatest},
    {"math.@min", "(int) int", same},
    {"math.@min", "(uint) uint", same},
    {"math.@min", "(double) double", same},
    {"math.@min", "(list(int)) int", least},
    {"math.@min", "(list(uint)) uint", least},
    {"math.@min", "(list(double)) double", least},
    {"math.@min", "(list(dyn)) dyn", least},
    {"math.ceil", "(double) double", ceil},
    {"math.floor", "(double) double", floor},
    {"math.round", "(double) double", round},
    {"math.trunc", "(double) double", trunc},
    {"math.sqrt", "(double) double", sqrt_double},
    {"math.sqrt", "(int) double", sqrt_int},
    {"math.sqrt", "(uint) double", sqrt_uint},
    {"math.abs", "(int) int", abs_int},
    {"math.abs", "(uint) uint", same},
    {"math.abs", "(double) double", abs_double},
    {"math.sign", "(int) int", sign_int},
    {"math.sign", "(uint) uint", sign_uint},
    {"math.sign", "(double) double", sign_double},
    {"math.isNaN", "(double) bool", is_nan},
    {"math.isInf", "(double) bool", is_inf},
    {"math.isFinite", "(double) bool", is_finite},
    {"math.bitAnd", "(int, int) int", bit_and},
    {"math.bitAnd", "(uint, uint) uint", bit_and},
    {"math.bitOr", "(int, int) int", bit_or},
    {"math.bitOr", "(uint, uint) uint", bit_or},
    {"math.bitXor", "(int, int) int", bit_xor},
    {"math.bitXor", "(uint, uint) uint", bit_xor},
    {"math.bitNot", "(int) int", bit_not},
    {"math.bitNot", "(uint) uint", bit_not},
    {"math.bitShiftLeft", "(int, int) int", shift_left},
    {"math.bitShiftLeft", "(uint, int) uint", shift_left},
    {"math.bitShiftRight", "(int, int) int", shift_right},
    {"math.bitShiftRight", "(uint, int) uint", shift_right},
};

}  // namespace

std::span<const FunctionRow> math_library() { return kRows; }

}  // namespace assay::rules::cel
