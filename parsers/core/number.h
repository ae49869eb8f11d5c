// Number: exact enough that no verdict depends on rounding. An int64 fast path; everything else is
// a 512-bit binary floating point number, which is what Terraform computes with (HCL, section
// "Numbers"; cty.Number is a 512-bit big.Float).
//
// A Number is a trivially copyable handle of 16 bytes. The wide form lives in the arena given to
// the operation that made it and is valid as long as that arena.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parsers/core/arena.h"

namespace assay::core {

class Number {
 public:
  Number() = default;
  Number(int64_t value) : small_(value) {}
  // Not finite: nullopt.
  static std::optional<Number> from_double(double value, Arena& arena);
  // Decimal text as in JSON and HCL, and as tonumber() reads it ("-1", "0.1", "1e3", "0123" is 123;
  // also "+1", ".5", "5."); nullopt when it is not a number or its exponent is beyond +-100,000.
  static std::optional<Number> parse(std::string_view text, Arena& arena);

  bool is_small() const { return wide_ == nullptr; }
  // The value as int64 when it is a whole number in range.
  std::optional<int64_t> to_int64() const;
  double to_double() const;  // nearest
  bool is_whole() const;
  int sign() const;  // -1, 0, 1
  bool is_negative() const;  // below zero, or the zero that prints as "-0"

  // Shortest decimal text that Terraform would print ("0.3", "9007199254740993", "1e+400" never:
  // plain digits, as cty formats numbers). Results of power() and logarithm() print the digits a
  // double needs, as Terraform's do: pow(2, 0.5) is 1.4142135623730951.
  std::string to_text() const;

  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const { return (*this <=> other) == 0; }

  static Number add(const Number& a, const Number& b, Arena& arena);
  static Number subtract(const Number& a, const Number& b, Arena& arena);
  static Number multiply(const Number& a, const Number& b, Arena& arena);
  // nullopt: division by zero.
  static std::optional<Number> divide(const Number& a, const Number& b, Arena& arena);
  // Terraform's %: the sign follows the dividend; nullopt: division by zero.
  static std::optional<Number> remainder(const Number& a, const Number& b, Arena& arena);
  static Number negate(const Number& a, Arena& arena);
  static Number floor(const Number& a, Arena& arena);
  static Number ceil(const Number& a, Arena& arena);
  static Number truncate(const Number& a, Arena& arena);
  // nullopt: the result is not finite or not real.
  static std::optional<Number> power(const Number& base, const Number& exponent, Arena& arena);
  static std::optional<Number> logarithm(const Number& a, const Number& base, Arena& arena);
  // Text in a base from 2 to 62, as Terraform's parseint reads it; nullopt when malformed.
  static std::optional<Number> parse_integer(std::string_view text, int base, Arena& arena);

 private:
  friend struct NumberAccess;
  struct Wide;  // number.cc: boost::multiprecision
  int64_t small_ = 0;
  const Wide* wide_ = nullptr;
};

}  // namespace assay::core
