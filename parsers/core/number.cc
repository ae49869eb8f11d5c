#include "parsers/core/number.h"

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cmath>
#include <limits>

namespace assay::core {
namespace {

namespace mp = boost::multiprecision;

constexpr int kPrecision = 512;
// Binary exponents beyond this saturate, so that no product can grow without bound; 10^100,000
// needs 332,193.
constexpr int kMaxBinaryExponent = 400'000;
constexpr int kMaxDecimalExponent = 100'000;
// Digits behind these cannot change the 512-bit result except by saying "a little more".
constexpr size_t kMaxSignificantDigits = 1000;
// Powers of ten up to this are computed exactly; 5^400 has 929 bits. Beyond, 1,152 bits leave an
// error far below anything that rounding to 512 bits can see.
constexpr int kExactPower = 400;

using Float = mp::number<mp::cpp_bin_float<kPrecision, mp::digit_base_2, void, int32_t,
                                           -kMaxBinaryExponent, kMaxBinaryExponent>,
                         mp::et_off>;
using Scratch = mp::number<mp::cpp_bin_float<1152, mp::digit_base_2, void, int32_t,
                                             -4 * kMaxBinaryExponent, 4 * kMaxBinaryExponent>,
                           mp::et_off>;
using Integer = mp::cpp_int;

static_assert(std::is_trivially_destructible_v<Float>, "arena objects are never destroyed");

// Whole numbers up to this are the same in double and int64.
constexpr double kExactDouble = 9007199254740992.0;

Float saturate(const Float& value) {
  if ((mp::isfinite)(value)) return value;
  Float largest = (std::numeric_limits<Float>::max)();
  return value < 0 ? Float(-largest) : largest;
}

Scratch power_of_ten(int exponent) {
  Scratch result = 1, base = 10;
  for (int left = exponent < 0 ? -exponent : exponent; left > 0; left >>= 1) {
    if (left & 1) result *= base;
    base *= base;
  }
  return exponent < 0 ? Scratch(1 / result) : result;
}

// mantissa * 2^exponent, rounded to nearest, ties to even. `sticky`: the true value is a little
// larger than that.
Float round_to_float(Integer mantissa, int exponent, bool sticky) {
  if (mantissa == 0) return 0;
  // Two spare bits below the precision hold the rounding bit and the sticky bit.
  int excess = static_cast<int>(mp::msb(mantissa)) + 1 - kPrecision;
  if (excess > 0) {
    Integer kept = mantissa >> excess;
    Integer rest = mantissa - (kept << excess);
    Integer half = Integer(1) << (excess - 1);
    bool up = rest > half || (rest == half && (sticky || mp::bit_test(kept, 0)));
    mantissa = up ? kept + 1 : kept;
    exponent += excess;
  }
  return mp::ldexp(static_cast<Float>(mantissa), exponent);
}

// digits * 10^exponent, correctly rounded.
Float from_decimal(const std::string& digits, int exponent) {
  Integer mantissa(digits);
  if (mantissa == 0) return 0;
  if (exponent >= 0 && exponent <= kExactPower) {
    return round_to_float(mantissa * mp::pow(Integer(5), static_cast<unsigned>(exponent)), exponent,
                          false);
  }
  if (exponent < 0 && -exponent <= kExactPower + static_cast<int>(kMaxSignificantDigits)) {
    Integer divisor = mp::pow(Integer(5), static_cast<unsigned>(-exponent));
    // Enough bits that the quotient has more than 512 of them.
    int shift =
        static_cast<int>(mp::msb(divisor)) - static_cast<int>(mp::msb(mantissa)) + kPrecision + 3;
    shift = std::max(shift, 0);
    Integer quotient, rest;
    mp::divide_qr(Integer(mantissa << shift), divisor, quotient, rest);
    return round_to_float(std::move(quotient), exponent - shift, rest != 0);
  }
  return saturate(static_cast<Float>(static_cast<Scratch>(mantissa) * power_of_ten(exponent)));
}

// A decimal number: 0.digits * 10^point.
struct Decimal {
  std::string digits;
  int point = 0;
};

// Fewest digits that read back as the same 512-bit number, nearest first (Steele and White's
// method on exact integers): produces digits of low/scale until what is left lies within half a
// unit in the last place.
Decimal shortest_decimal(const Float& positive) {
  Scratch value(positive);
  int binary_exponent = mp::ilogb(positive);
  Scratch half_unit = mp::ldexp(Scratch(1), binary_exponent - kPrecision);
  int point = static_cast<int>(std::floor(binary_exponent * 0.30102999566398119)) + 1;
  int ten = 0;
  if (std::abs(binary_exponent) > 1024) {  // bring it near 1 first; see kExactPower
    ten = point;
    Scratch scale = power_of_ten(-ten);
    value *= scale;
    half_unit *= scale;
    point = 0;
  }
  // value = rest / unit, half_unit = half / unit, all whole.
  int shift = std::max(0, 1152 - mp::ilogb(half_unit));
  if (ten == 0) shift = std::max(0, kPrecision - binary_exponent);
  Integer rest = static_cast<Integer>(mp::ldexp(value, shift));
  Integer half = static_cast<Integer>(mp::ldexp(half_unit, shift));
  Integer unit = Integer(1) << shift;
  if (point > 0) {
    unit *= mp::pow(Integer(10), static_cast<unsigned>(point));
  } else if (point < 0) {
    Integer scale = mp::pow(Integer(10), static_cast<unsigned>(-point));
    rest *= scale;
    half *= scale;
  }
  // A boundary reads back as this number when its mantissa is even.
  Integer mantissa = static_cast<Integer>(mp::ldexp(positive, kPrecision - 1 - binary_exponent));
  bool inclusive = !mp::bit_test(mantissa, 0);
  auto reaches = [&](const Integer& a, const Integer& b) { return inclusive ? a >= b : a > b; };
  while (rest >= unit) {  // the estimate of `point` may be one too small
    unit *= 10;
    ++point;
  }
  while (rest * 10 < unit) {
    rest *= 10;
    half *= 10;
    --point;
  }
  Decimal out;
  out.point = point + ten;
  for (;;) {
    rest *= 10;
    half *= 10;
    Integer digit, left;
    mp::divide_qr(rest, unit, digit, left);
    rest = left;
    int d = static_cast<int>(digit);
    bool down = reaches(half, rest);
    bool up = reaches(rest + half, unit);
    if (!down && !up) {
      out.digits += static_cast<char>('0' + d);
      continue;
    }
    if (down && up) {
      Integer twice = rest * 2;
      up = twice > unit || (twice == unit && (d & 1) != 0);
    }
    if (up) ++d;
    if (d < 10) {
      out.digits += static_cast<char>('0' + d);
    } else {  // carry: only possible when the digits so far are not all nines, or there are none
      while (!out.digits.empty() && out.digits.back() == '9') out.digits.pop_back();
      if (out.digits.empty()) {
        out.digits = "1";
        ++out.point;
      } else {
        ++out.digits.back();
      }
    }
    return out;
  }
}

// 2^exponent with the digits that Terraform gives it. It takes the gap to the next double below for
// as wide as the one above, which is twice as wide: 2^64 is 18446744073709550000.
Decimal shortest_power_of_two(int exponent) {
  Integer digits = 1, half = 1;  // value and half a unit in the last place, times 10^shift
  int shift = std::max(0, 53 - exponent) + 1;
  Integer scale = mp::pow(Integer(10), static_cast<unsigned>(shift));
  auto scaled = [&](int power) {
    return power >= 0 ? Integer(scale << power) : Integer(scale >> -power);
  };
  digits = scaled(exponent);
  half = scaled(exponent - 53);
  std::string low = Integer(digits - half).str(), value = digits.str(), high = Integer(digits + half).str();
  size_t length = high.size();
  low.insert(0, length - low.size(), '0');
  value.insert(0, length - value.size(), '0');
  // The shortest prefix, rounded down or up, that lies between the bounds.
  for (size_t kept = 1; kept <= length; ++kept) {
    Integer unit = mp::pow(Integer(10), static_cast<unsigned>(length - kept));
    Integer down = digits / unit * unit, up = down + unit;
    bool down_fits = down >= digits - half, up_fits = up <= digits + half;
    if (!down_fits && !up_fits) continue;
    Integer chosen = down_fits && (!up_fits || digits - down <= up - digits) ? down : up;
    std::string text = chosen.str();
    Decimal out;
    out.point = static_cast<int>(text.size()) - shift;
    out.digits = text.substr(0, kept + (text.size() > length ? 1 : 0));
    while (out.digits.size() > 1 && out.digits.back() == '0') out.digits.pop_back();
    size_t zeros = std::min(out.digits.find_first_not_of('0'), out.digits.size());
    out.digits.erase(0, zeros);
    out.point -= static_cast<int>(zeros);
    return out;
  }
  return {value, static_cast<int>(length) - shift};
}

Decimal shortest_decimal(double positive) {
  int exponent_of_two;
  if (std::frexp(positive, &exponent_of_two) == 0.5 && std::abs(exponent_of_two) < 1000) {
    return shortest_power_of_two(exponent_of_two - 1);
  }
  char buffer[40];
  auto done =
      std::to_chars(buffer, buffer + sizeof buffer, positive, std::chars_format::scientific);
  Decimal out;
  const char* at = buffer;
  for (; at < done.ptr && *at != 'e'; ++at) {
    if (*at != '.') out.digits += *at;
  }
  int exponent = 0;
  if (at < done.ptr) {
    ++at;
    if (*at == '+') ++at;
    std::from_chars(at, done.ptr, exponent);
  }
  out.point = exponent + 1;
  return out;
}

std::string plain(const Decimal& decimal, bool negative) {
  std::string_view digits = decimal.digits;
  while (digits.size() > 1 && digits.back() == '0') digits.remove_suffix(1);
  std::string out = negative ? "-" : "";
  if (decimal.point <= 0) {
    out += "0.";
    out.append(static_cast<size_t>(-decimal.point), '0');
    out += digits;
  } else if (static_cast<size_t>(decimal.point) >= digits.size()) {
    out += digits;
    out.append(static_cast<size_t>(decimal.point) - digits.size(), '0');
  } else {
    out += digits.substr(0, static_cast<size_t>(decimal.point));
    out += '.';
    out += digits.substr(static_cast<size_t>(decimal.point));
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

struct Number::Wide {
  Float value;
  // A value that came from a function computed in double (pow, log): Terraform keeps 53 bits for
  // it and prints the digits a double needs.
  bool is_double = false;
};

// Access to the private parts for this file only.
struct NumberAccess {
  static Float value(const Number& number) {
    return number.wide_ != nullptr ? number.wide_->value : Float(number.small_);
  }
  static bool is_double(const Number& number) {
    return number.wide_ != nullptr && number.wide_->is_double;
  }
  static int64_t small(const Number& number) { return number.small_; }
  static Number zero(Arena& arena) {  // below zero, if only by its sign
    Number out;
    out.wide_ = new (arena.allocate(sizeof(Number::Wide), alignof(Number::Wide)))
        Number::Wide{Float(0), false};
    return out;
  }
  static Number make(const Float& raw, bool is_double, Arena& arena) {
    Float value = is_double ? Float(raw.convert_to<double>()) : raw;
    value = saturate(value);
    if (value == 0) return Number(0);
    static const Float lowest = Float((std::numeric_limits<int64_t>::min)());
    static const Float highest = Float((std::numeric_limits<int64_t>::max)());
    if (mp::ilogb(value) < 64 && value >= lowest && value <= highest &&
        (!is_double || mp::abs(value) <= kExactDouble)) {
      int64_t whole = value.convert_to<int64_t>();
      if (value == whole) return Number(whole);
    }
    Number out;
    out.wide_ = new (arena.allocate(sizeof(Number::Wide), alignof(Number::Wide)))
        Number::Wide{value, is_double};
    return out;
  }
};

namespace {
// Terraform's numbers keep the sign of a zero and print it: 0 * -1 is -0. It equals 0.
Number negative_zero(Arena& arena) { return NumberAccess::zero(arena); }

Float value_of(const Number& number) { return NumberAccess::value(number); }
bool both_double(const Number& a, const Number& b) {
  return NumberAccess::is_double(a) && NumberAccess::is_double(b);
}
}  // namespace

std::optional<Number> Number::from_double(double value, Arena& arena) {
  if (!std::isfinite(value)) return std::nullopt;
  if (value == 0 && std::signbit(value)) return negative_zero(arena);
  if (std::abs(value) <= kExactDouble && value == std::trunc(value)) {
    return Number(static_cast<int64_t>(value));
  }
  return NumberAccess::make(Float(value), true, arena);
}

std::optional<Number> Number::parse(std::string_view text, Arena& arena) {
  size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  // Fast path: up to 18 digits and nothing else.
  if (text.size() - at <= 18) {
    int64_t whole = 0;
    size_t i = at;
    for (; i < text.size() && is_digit(text[i]); ++i) whole = whole * 10 + (text[i] - '0');
    if (i == text.size()) {
      if (i == at) return std::nullopt;
      if (negative && whole == 0) return negative_zero(arena);
      return Number(negative ? -whole : whole);
    }
  }
  std::string digits;
  int64_t point = 0;  // how far the decimal exponent of the last kept digit is from 0
  bool any = false, after_point = false, sticky = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == '.' && !after_point) {
      after_point = true;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    if (digits.empty() && c == '0') {
      if (after_point) --point;
    } else if (digits.size() < kMaxSignificantDigits) {
      digits += c;
      if (after_point) --point;
    } else {
      sticky = sticky || c != '0';
      if (!after_point) ++point;
    }
  }
  if (!any) return std::nullopt;
  int64_t exponent = 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool negative_exponent = false;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
      negative_exponent = text[at++] == '-';
    }
    if (at == text.size()) return std::nullopt;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      exponent = std::min<int64_t>(exponent * 10 + (text[at] - '0'), 1'000'000'000);
    }
    if (!is_digit(text[at - 1])) return std::nullopt;
    if (negative_exponent) exponent = -exponent;
  }
  if (at != text.size()) return std::nullopt;
  if (digits.empty()) return negative ? negative_zero(arena) : Number(0);
  if (sticky) {
    digits += '1';
    --point;
  }
  while (digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
    ++point;
  }
  int64_t total = exponent + point;
  int64_t magnitude = total + static_cast<int64_t>(digits.size()) - 1;
  if (magnitude > kMaxDecimalExponent || magnitude < -kMaxDecimalExponent ||
      total < -2 * kMaxDecimalExponent) {
    return std::nullopt;
  }
  Float value = from_decimal(digits, static_cast<int>(total));
  return NumberAccess::make(negative ? Float(-value) : value, false, arena);
}

std::optional<int64_t> Number::to_int64() const {
  if (is_small()) return small_;
  if (wide_->value == 0) return 0;
  // Any other wide whole number fits only when it came from a double.
  double value = to_double();
  if (wide_->is_double && value == std::trunc(value) && value >= -9223372036854775808.0 &&
      value < 9223372036854775808.0) {
    return static_cast<int64_t>(value);
  }
  return std::nullopt;
}

double Number::to_double() const {
  return is_small() ? static_cast<double>(small_) : wide_->value.convert_to<double>();
}

bool Number::is_whole() const { return is_small() || mp::trunc(wide_->value) == wide_->value; }

int Number::sign() const {
  if (is_small()) return small_ > 0 ? 1 : small_ < 0 ? -1 : 0;
  return wide_->value.sign();
}

bool Number::is_negative() const { return is_small() ? small_ < 0 : wide_->value.sign() <= 0; }

std::string Number::to_text() const {
  if (is_small()) {
    char buffer[24];
    auto done = std::to_chars(buffer, buffer + sizeof buffer, small_);
    return std::string(buffer, done.ptr);
  }
  if (wide_->value == 0) return "-0";
  bool negative = wide_->value < 0;
  if (wide_->is_double) return plain(shortest_decimal(std::abs(to_double())), negative);
  return plain(shortest_decimal(mp::abs(wide_->value)), negative);
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  if (is_small() && other.is_small()) return small_ <=> other.small_;
  int order = value_of(*this).compare(value_of(other));
  return order < 0   ? std::strong_ordering::less
         : order > 0 ? std::strong_ordering::greater
                     : std::strong_ordering::equal;
}

Number Number::add(const Number& a, const Number& b, Arena& arena) {
  int64_t small;
  if (a.is_small() && b.is_small() && !__builtin_add_overflow(a.small_, b.small_, &small)) {
    return Number(small);
  }
  return NumberAccess::make(value_of(a) + value_of(b), both_double(a, b), arena);
}

Number Number::subtract(const Number& a, const Number& b, Arena& arena) {
  int64_t small;
  if (a.is_small() && b.is_small() && !__builtin_sub_overflow(a.small_, b.small_, &small)) {
    return Number(small);
  }
  return NumberAccess::make(value_of(a) - value_of(b), both_double(a, b), arena);
}

Number Number::multiply(const Number& a, const Number& b, Arena& arena) {
  int64_t small;
  if (a.is_small() && b.is_small() && !__builtin_mul_overflow(a.small_, b.small_, &small)) {
    if (small == 0 && (a.small_ < 0 || b.small_ < 0)) return negative_zero(arena);
    return Number(small);
  }
  if (a.sign() == 0 || b.sign() == 0) {
    return a.is_negative() != b.is_negative() ? negative_zero(arena) : Number(0);
  }
  // A product keeps all its bits (cty widens products): never rounded back to a double.
  return NumberAccess::make(value_of(a) * value_of(b), false, arena);
}

std::optional<Number> Number::divide(const Number& a, const Number& b, Arena& arena) {
  if (b.sign() == 0) return std::nullopt;
  if (a.sign() == 0) return a.is_negative() != b.is_negative() ? negative_zero(arena) : Number(0);
  if (a.is_small() && b.is_small() && b.small_ != -1 && a.small_ % b.small_ == 0) {
    return Number(a.small_ / b.small_);
  }
  return NumberAccess::make(value_of(a) / value_of(b), both_double(a, b), arena);
}

std::optional<Number> Number::remainder(const Number& a, const Number& b, Arena& arena) {
  if (b.sign() == 0) return std::nullopt;
  if (a.is_small() && b.is_small()) return Number(b.small_ == -1 ? 0 : a.small_ % b.small_);
  Float quotient = mp::trunc(saturate(value_of(a) / value_of(b)));
  return NumberAccess::make(value_of(a) - value_of(b) * quotient, both_double(a, b), arena);
}

Number Number::negate(const Number& a, Arena& arena) {
  if (a.sign() == 0) return a.is_small() ? negative_zero(arena) : Number(0);
  if (a.is_small() && a.small_ != std::numeric_limits<int64_t>::min()) return Number(-a.small_);
  return NumberAccess::make(-value_of(a), NumberAccess::is_double(a), arena);
}

Number Number::floor(const Number& a, Arena& arena) {
  if (a.is_small()) return a;
  return NumberAccess::make(mp::floor(a.wide_->value), a.wide_->is_double, arena);
}

Number Number::ceil(const Number& a, Arena& arena) {
  if (a.is_small()) return a;
  return NumberAccess::make(mp::ceil(a.wide_->value), a.wide_->is_double, arena);
}

Number Number::truncate(const Number& a, Arena& arena) {
  if (a.is_small()) return a;
  return NumberAccess::make(mp::trunc(a.wide_->value), a.wide_->is_double, arena);
}

namespace {

// The power as Terraform computes it: by squaring in double, whose last digits differ from those of
// a correctly rounded power. pow(10, 64) is 10000000000000002 and 48 zeros.
double power_by_squaring(double base, double exponent) {
  if (exponent == 0 || base == 1) return 1;
  if (exponent == 1) return base;
  if (base == 0 || !std::isfinite(base) || !std::isfinite(exponent)) return std::pow(base, exponent);
  if (exponent == 0.5) return std::sqrt(base);
  if (exponent == -0.5) return 1 / std::sqrt(base);
  double whole, part = std::modf(std::abs(exponent), &whole);
  if (part != 0 && base < 0) return std::numeric_limits<double>::quiet_NaN();
  if (whole >= 9.223372036854775808e18) return std::pow(base, exponent);
  double result = 1;
  int64_t scale = 0;  // of result, a power of two
  if (part != 0) {
    if (part > 0.5) {
      part -= 1;
      whole += 1;
    }
    result = std::exp(part * std::log(base));
  }
  int binary;
  double square = std::frexp(base, &binary);
  int64_t square_scale = binary;
  for (int64_t left = static_cast<int64_t>(whole); left != 0; left >>= 1) {
    if (square_scale < -(1 << 12) || square_scale > 1 << 12) {
      scale += square_scale;  // out of range whatever follows
      break;
    }
    if (left & 1) {
      result *= square;
      scale += square_scale;
    }
    square *= square;
    square_scale <<= 1;
    if (square < 0.5) {
      square += square;
      --square_scale;
    }
  }
  if (exponent < 0) {
    result = 1 / result;
    scale = -scale;
  }
  return std::ldexp(result, static_cast<int>(std::clamp<int64_t>(scale, -100'000, 100'000)));
}

}  // namespace

std::optional<Number> Number::power(const Number& base, const Number& exponent, Arena& arena) {
  return from_double(power_by_squaring(base.to_double(), exponent.to_double()), arena);
}

namespace {

// The natural logarithm with the last digit that Terraform's has: the argument is brought near 1 and
// log((1+s)/(1-s)) summed up to its fourteenth power, which is up to one unit off the nearest double.
double series_logarithm(double x) {
  if (!(x > 0) || !std::isfinite(x)) return std::log(x);
  int exponent;
  double near_one = std::frexp(x, &exponent);
  if (near_one < 0.70710678118654752440) {
    near_one *= 2;
    --exponent;
  }
  double f = near_one - 1, k = exponent;
  double s = f / (2 + f), s2 = s * s, s4 = s2 * s2;
  double odd = s2 * (6.666666666666735130e-01 +
                     s4 * (2.857142874366239149e-01 +
                           s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)));
  double even = s4 * (3.999999999940941908e-01 +
                      s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01));
  double half_square = 0.5 * f * f;
  constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
  return k * kLn2High - ((half_square - (s * (half_square + (odd + even)) + k * kLn2Low)) - f);
}

}  // namespace

std::optional<Number> Number::logarithm(const Number& a, const Number& base, Arena& arena) {
  return from_double(series_logarithm(a.to_double()) / series_logarithm(base.to_double()), arena);
}

std::optional<Number> Number::parse_integer(std::string_view text, int base, Arena& arena) {
  if (base < 2 || base > 62) return std::nullopt;
  size_t at = 0;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  if (at == text.size() || text.size() - at > kMaxSignificantDigits) return std::nullopt;
  Integer value = 0;
  for (; at < text.size(); ++at) {
    char c = text[at];
    int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
    // Up to base 36 the case of letters does not matter; above, capitals stand for 36 to 61.
    if (c >= 'A' && c <= 'Z') digit = c - 'A' + (base <= 36 ? 10 : 36);
    if (digit < 0 || digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  Float rounded = round_to_float(std::move(value), 0, false);
  return NumberAccess::make(negative ? Float(-rounded) : rounded, false, arena);
}

}  // namespace assay::core
