// Kubernetes quantities ("100m", "1.5Gi", "2e3"): quantity, isQuantity, sign, comparisons, add, sub, asInteger,
// asApproximateFloat, isInteger, as the API server's CEL library "quantity" has them.
//
// A quantity keeps its exact value in billionths, where every quantity is whole, the power of ten it was written with, and
// its mantissa where that fits, because isInteger(), asInteger() and asApproximateFloat() look at those: "1000m" is no integer.
#include <algorithm>
#include <cstdlib>

#include "parsers/core/number.h"
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

constexpr int kNano = -9;
constexpr int kMostDigits = 18;      // of an int64 that any digits fit
constexpr int64_t kMaxExponent = 400;  // beyond, amounts are no amounts

struct Quantity {
  Opaque head;
  core::Number nanos;
  bool plain = false;  // mantissa * 10^scale
  int64_t mantissa = 0;
  int scale = 0;
};

bool equal_quantities(const void* a, const void* b) {
  return static_cast<const Quantity*>(a)->nanos == static_cast<const Quantity*>(b)->nanos;
}
constexpr OpaqueType kType{"kubernetes.Quantity", equal_quantities};

const Quantity& of(const Val& value) { return *reinterpret_cast<const Quantity*>(value.opaque); }

enum class Form : uint8_t { kBinary, kDecimal };

// Base and exponent of a suffix; false when there is no such suffix.
bool read_suffix(std::string_view suffix, Form& form, int64_t& exponent) {
  struct Row {
    std::string_view text;
    int exponent;
  };
  static constexpr Row kBinary[] = {{"Ki", 10}, {"Mi", 20}, {"Gi", 30}, {"Ti", 40}, {"Pi", 50}, {"Ei", 60}};
  static constexpr Row kDecimal[] = {{"n", -9}, {"u", -6}, {"m", -3}, {"", 0}, {"k", 3}, {"M", 6}, {"G", 9}, {"T", 12}, {"P", 15}, {"E", 18}};
  for (const Row& row : kBinary) {
    if (row.text == suffix) {
      form = Form::kBinary;
      exponent = row.exponent;
      return true;
    }
  }
  form = Form::kDecimal;
  for (const Row& row : kDecimal) {
    if (row.text == suffix) {
      exponent = row.exponent;
      return true;
    }
  }
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return false;
  bool negative = suffix[1] == '-';
  std::string_view digits = suffix.substr(suffix[1] == '-' || suffix[1] == '+' ? 2 : 1);
  if (digits.empty() || digits.size() > 9) return false;
  exponent = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return false;
    exponent = exponent * 10 + (c - '0');
  }
  if (negative) exponent = -exponent;
  return true;
}

core::Number shifted(const core::Number& value, int64_t decimals, core::Arena& arena) {
  core::Number power = *core::Number::parse("1" + std::string(static_cast<size_t>(decimals), '0'), arena);
  return core::Number::multiply(value, power, arena);
}

enum class Fault : uint8_t { kNone, kFormat, kSuffix };

Fault parse(std::string_view text, core::Arena& arena, Quantity& out) {
  out.head.type = &kType;
  if (text.empty()) return Fault::kFormat;
  size_t at = 0;
  bool negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') ++at;
  auto digits = [&] {
    size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return text.substr(begin, at - begin);
  };
  // Zeros in front do not count.
  while (at < text.size() && text[at] == '0') ++at;
  std::string_view whole = digits();
  std::string_view part;
  bool point = at < text.size() && text[at] == '.';
  if (point) {
    ++at;
    part = digits();
  }
  std::string_view suffix = text.substr(at);
  // A suffix is letters, then perhaps a signed number.
  size_t i = suffix.find_first_not_of("eEinumkKMGTP");
  if (i != std::string_view::npos) {
    if ((suffix[i] == '+' || suffix[i] == '-')) ++i;
    for (; i < suffix.size(); ++i) {
      if (suffix[i] < '0' || suffix[i] > '9') return Fault::kFormat;
    }
  }
  Form form = Form::kDecimal;
  int64_t exponent = 0;
  if (!read_suffix(suffix, form, exponent)) return Fault::kSuffix;
  if (exponent > kMaxExponent || exponent < -kMaxExponent) exponent = exponent > 0 ? kMaxExponent : -kMaxExponent;
  std::string shown(whole);
  shown += part;
  if (shown.empty()) shown = "0";
  if (shown.size() > 4 * kMaxExponent) return Fault::kFormat;

  int64_t scale = (form == Form::kDecimal ? exponent : 0) - static_cast<int64_t>(part.size());
  int64_t factor = 1;
  bool small = shown.size() <= static_cast<size_t>(kMostDigits) && scale >= kNano;
  if (form == Form::kBinary) {
    int64_t room = 15 - static_cast<int64_t>(whole.size()) - static_cast<int64_t>(static_cast<float>(exponent) * 3 / 10) - 1;
    small = small && part.empty() && room >= 0;
    factor = int64_t{1} << exponent;
  }
  if (small) {
    int64_t mantissa = 0;
    for (char c : shown) mantissa = mantissa * 10 + (c - '0');
    small = !__builtin_mul_overflow(mantissa, factor, &mantissa);
    out.mantissa = negative ? -mantissa : mantissa;
  }
  out.scale = small ? static_cast<int>(scale) : kNano;  // what takes more digits is kept in billionths
  out.plain = small;

  core::Number value = core::Number::parse(shown, arena).value_or(core::Number(0));
  if (form == Form::kBinary) value = core::Number::multiply(value, core::Number(factor), arena);
  int64_t to_nano = scale - kNano;
  if (to_nano >= 0) {
    value = shifted(value, to_nano, arena);
  } else {
    // Rounded up to the next billionth.
    core::Number power = *core::Number::parse("1" + std::string(static_cast<size_t>(-to_nano), '0'), arena);
    core::Number rest = core::Number::remainder(value, power, arena).value_or(core::Number(0));
    value = core::Number::subtract(value, rest, arena);
    value = core::Number::truncate(core::Number::divide(value, power, arena).value_or(core::Number(0)), arena);
    if (rest.sign() != 0) value = core::Number::add(value, core::Number(1), arena);
  }
  if (form == Form::kBinary && !small) {
    core::Number most = *core::Number::parse("9223372036854775807000000000", arena);
    if (value > most) value = most;
  }
  out.nanos = negative ? core::Number::negate(value, arena) : value;
  return Fault::kNone;
}

Val make(Eval& eval, const Quantity& quantity) {
  return opaque_val(&eval.arena().make<Quantity>(quantity)->head);
}

Val quantity_of_string(Eval& eval, Args args) {
  Quantity out;
  switch (parse(args[0].text(), eval.arena(), out)) {
    case Fault::kNone: return make(eval, out);
    case Fault::kSuffix: return eval.error("unable to parse quantity's suffix");
    default: return eval.error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
}
Val is_quantity(Eval& eval, Args args) {
  Quantity out;
  return bool_val(parse(args[0].text(), eval.arena(), out) == Fault::kNone);
}
Val sign(Eval&, Args args) { return int_val(of(args[0]).nanos.sign()); }

int order(Args args) {
  auto by = of(args[0]).nanos <=> of(args[1]).nanos;
  return by < 0 ? -1 : by > 0;
}
Val is_greater(Eval&, Args args) { return bool_val(order(args) > 0); }
Val is_less(Eval&, Args args) { return bool_val(order(args) < 0); }
Val compare_to(Eval&, Args args) { return int_val(order(args)); }

std::optional<int64_t> integer_of(const Quantity& quantity) {
  if (!quantity.plain || quantity.scale < 0) return std::nullopt;
  int64_t value = quantity.mantissa;
  for (int i = 0; i < quantity.scale; ++i) {
    if (__builtin_mul_overflow(value, int64_t{10}, &value)) return std::nullopt;
  }
  return value;
}
Val as_integer(Eval& eval, Args args) {
  auto value = integer_of(of(args[0]));
  return value ? int_val(*value) : eval.error("cannot convert value to integer");
}
Val is_integer(Eval&, Args args) { return bool_val(integer_of(of(args[0])).has_value()); }
Val as_float(Eval& eval, Args args) {
  const Quantity& quantity = of(args[0]);
  double base = static_cast<double>(quantity.mantissa);
  if (!quantity.plain) {
    core::Number unit = shifted(core::Number(1), quantity.scale - kNano, eval.arena());
    base = core::Number::divide(quantity.nanos, unit, eval.arena()).value_or(core::Number(0)).to_double();
  }
  if (quantity.scale == 0) return double_val(base);
  return double_val(base * std::strtod(("1e" + std::to_string(quantity.scale)).c_str(), nullptr));
}

// Mantissas are brought to the smaller scale; what does not fit loses its decimal form.
Quantity add(const Quantity& a, const Quantity& b, core::Arena& arena) {
  Quantity out;
  out.head.type = &kType;
  out.nanos = core::Number::add(a.nanos, b.nanos, arena);
  out.scale = std::min(a.scale, b.scale);
  if (!a.plain || !b.plain) return out;
  if (a.mantissa == 0 || b.mantissa == 0) {
    const Quantity& other = a.mantissa == 0 ? b : a;
    out.plain = true;
    out.mantissa = other.mantissa;
    out.scale = other.scale;
    return out;
  }
  auto at_scale = [&](const Quantity& of, int64_t& value) {
    value = of.mantissa;
    for (int i = of.scale; i > out.scale; --i) {
      if (__builtin_mul_overflow(value, int64_t{10}, &value)) return false;
    }
    return true;
  };
  int64_t x = 0, y = 0;
  out.plain = at_scale(a, x) && at_scale(b, y) && !__builtin_add_overflow(x, y, &out.mantissa);
  return out;
}
Quantity negated(const Quantity& a, core::Arena& arena) {
  Quantity out = a;
  out.nanos = core::Number::negate(a.nanos, arena);
  if (a.mantissa == INT64_MIN) out.plain = false;
  else out.mantissa = -a.mantissa;
  return out;
}
Quantity of_int(int64_t value, core::Arena& arena) {
  Quantity out;
  out.head.type = &kType;
  out.nanos = core::Number::multiply(core::Number(value), core::Number(1000000000), arena);
  out.plain = true;
  out.mantissa = value;
  return out;
}
Val plus(Eval& eval, Args args) { return make(eval, add(of(args[0]), of(args[1]), eval.arena())); }
Val plus_int(Eval& eval, Args args) { return make(eval, add(of(args[0]), of_int(args[1].integer, eval.arena()), eval.arena())); }
Val minus(Eval& eval, Args args) { return make(eval, add(of(args[0]), negated(of(args[1]), eval.arena()), eval.arena())); }
Val minus_int(Eval& eval, Args args) {
  return make(eval, add(of(args[0]), negated(of_int(args[1].integer, eval.arena()), eval.arena()), eval.arena()));
}

constexpr FunctionRow kRows[] = {
    {"quantity", "(string) kubernetes.Quantity", quantity_of_string},
    {"isQuantity", "(string) bool", is_quantity},
    {"sign", "(kubernetes.Quantity) int", sign},
    {"isGreaterThan", "kubernetes.Quantity.(kubernetes.Quantity) bool", is_greater},
    {"isLessThan", "kubernetes.Quantity.(kubernetes.Quantity) bool", is_less},
    {"compareTo", "kubernetes.Quantity.(kubernetes.Quantity) int", compare_to},
    {"asInteger", "kubernetes.Quantity.() int", as_integer},
    {"isInteger", "kubernetes.Quantity.() bool", is_integer},
    {"asApproximateFloat", "kubernetes.Quantity.() double", as_float},
    {"add", "kubernetes.Quantity.(kubernetes.Quantity) kubernetes.Quantity", plus},
    {"add", "kubernetes.Quantity.(int) kubernetes.Quantity", plus_int},
    {"sub", "kubernetes.Quantity.(kubernetes.Quantity) kubernetes.Quantity", minus},
    {"sub", "kubernetes.Quantity.(int) kubernetes.Quantity", minus_int},
};

}  // namespace

std::span<const FunctionRow> quantity_library() { return kRows; }

}  // namespace assay::rules::cel
