#include "parsers/core/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace assay::core {
namespace {

class NumberTest : public testing::Test {
 protected:
  Number n(std::string_view text) {
    auto parsed = Number::parse(text, arena);
    EXPECT_TRUE(parsed.has_value()) << text;
    return parsed.value_or(Number());
  }
  std::string again(std::string_view text) { return n(text).to_text(); }
  Arena arena;
};

std::string repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST_F(NumberTest, ReadsAndPrintsPlainText) {
  EXPECT_EQ(again("0"), "0");
  EXPECT_EQ(again("-0"), "-0");  // keeps its sign, and equals 0
  EXPECT_EQ(again("0123"), "123");
  EXPECT_EQ(again("-1"), "-1");
  EXPECT_EQ(again("0.1"), "0.1");
  EXPECT_EQ(again("-0.1"), "-0.1");
  EXPECT_EQ(again("1.50"), "1.5");
  EXPECT_EQ(again("1.0"), "1");
  EXPECT_EQ(again("1e3"), "1000");
  EXPECT_EQ(again("1E+3"), "1000");
  EXPECT_EQ(again("125e-3"), "0.125");
  EXPECT_EQ(again("1e21"), "1000000000000000000000");
  EXPECT_EQ(again("0.00001"), "0.00001");
  EXPECT_EQ(again("3.14159"), "3.14159");
  EXPECT_EQ(again("9007199254740993"), "9007199254740993");
  EXPECT_EQ(again("123456789012345678901234567890"), "123456789012345678901234567890");
  EXPECT_EQ(again("-123456789012345678901234567890.125"), "-123456789012345678901234567890.125");
  EXPECT_EQ(again("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(again("9223372036854775808"), "9223372036854775808");
  EXPECT_EQ(again("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(again("-9223372036854775809"), "-9223372036854775809");
  EXPECT_EQ(again(".5"), "0.5");
  EXPECT_EQ(again("5."), "5");
  EXPECT_EQ(again("+5"), "5");
}

TEST_F(NumberTest, RefusesWhatIsNoNumber) {
  for (const char* text : {"",     "-",    "+",        ".",         "e",
                           "1e",   "1e+",  "1e-",      "1x",        " 1",
                           "1 ",   "0x1F", "1_0",      "--1",       "1.2.3",
                           "inf",  "nan",  "1e100001", "1e-100001", "1e99999999999999",
                           "1.5e", "e5",   ".e5"}) {
    EXPECT_FALSE(Number::parse(text, arena).has_value()) << text;
  }
}

TEST_F(NumberTest, ComputesAsTerraformDoes) {
  EXPECT_EQ(Number::add(n("0.1"), n("0.2"), arena).to_text(), "0.3");
  EXPECT_EQ(Number::multiply(*Number::divide(10, 3, arena), 3, arena).to_text(), "10");
  EXPECT_EQ(Number::divide(1, 3, arena)->to_text(), "0." + repeat("3", 154) + "5");
  EXPECT_EQ(Number::divide(10, 3, arena)->to_text(), "3." + repeat("3", 153) + "2");
  EXPECT_EQ(Number::remainder(-5, 3, arena)->to_text(), "-2");
  EXPECT_EQ(Number::remainder(5, -3, arena)->to_text(), "2");
  EXPECT_EQ(Number::remainder(n("5.5"), 2, arena)->to_text(), "1.5");
  EXPECT_EQ(Number::remainder(n("-5.5"), 2, arena)->to_text(), "-1.5");
  EXPECT_EQ(Number::subtract(2, -1, arena).to_text(), "3");
  EXPECT_EQ(Number::power(2, n("0.5"), arena)->to_text(), "1.4142135623730951");
  EXPECT_EQ(Number::power(2, -1, arena)->to_text(), "0.5");
  EXPECT_EQ(Number::power(2, 100, arena)->to_text(), "1267650600228229400000000000000");
  EXPECT_EQ(Number::power(2, 10, arena)->to_text(), "1024");
  EXPECT_EQ(Number::power(2, 62, arena)->to_int64(), int64_t{1} << 62);
  EXPECT_EQ(Number::logarithm(16, 2, arena)->to_text(), "4");
  EXPECT_FALSE(Number::divide(1, 0, arena).has_value());
  EXPECT_FALSE(Number::remainder(1, 0, arena).has_value());
  EXPECT_FALSE(Number::power(-1, n("0.5"), arena).has_value());
  EXPECT_FALSE(Number::logarithm(0, 2, arena).has_value());
}

TEST_F(NumberTest, NormalisesBackToSmall) {
  Number half = n("0.5");
  EXPECT_FALSE(half.is_small());
  EXPECT_TRUE(Number::add(half, half, arena).is_small());
  EXPECT_TRUE(n("1e18").is_small());
  Number big = Number::add(std::numeric_limits<int64_t>::max(), 1, arena);
  EXPECT_FALSE(big.is_small());
  EXPECT_EQ(big.to_text(), "9223372036854775808");
  EXPECT_TRUE(Number::subtract(big, 1, arena).is_small());
  Number lowest = Number::negate(big, arena);
  EXPECT_TRUE(lowest.is_small());
  EXPECT_EQ(*lowest.to_int64(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Number::negate(lowest, arena), big);
  EXPECT_EQ(Number::divide(lowest, -1, arena)->to_text(), "9223372036854775808");
  EXPECT_EQ(Number::remainder(lowest, -1, arena)->to_text(), "0");
  EXPECT_EQ(Number::multiply(lowest, lowest, arena).to_text(),
            "85070591730234615865843651857942052864");
}

TEST_F(NumberTest, Compares) {
  EXPECT_EQ(n("1"), n("1.0"));
  EXPECT_LT(n("0.1"), n("0.2"));
  EXPECT_LT(n("-1e50"), n("1"));
  EXPECT_GT(n("1e50"), n("9223372036854775807"));
  EXPECT_LT(n("9007199254740992.5"), n("9007199254740993"));
  EXPECT_NE(n("9007199254740993"), n("9007199254740992"));
  EXPECT_EQ(*Number::power(2, 62, arena), n("4611686018427387904"));
  EXPECT_EQ(n("-2.5").sign(), -1);
  EXPECT_EQ(n("0.0").sign(), 0);
  EXPECT_EQ(n("1e40").sign(), 1);
}

TEST_F(NumberTest, RoundsToWhole) {
  EXPECT_EQ(Number::floor(n("-1.5"), arena).to_text(), "-2");
  EXPECT_EQ(Number::ceil(n("-1.5"), arena).to_text(), "-1");
  EXPECT_EQ(Number::truncate(n("-1.5"), arena).to_text(), "-1");
  EXPECT_EQ(Number::floor(n("1.5"), arena).to_text(), "1");
  EXPECT_EQ(Number::ceil(n("1.00000000000000000000000000000000000001"), arena).to_text(), "2");
  EXPECT_FALSE(n("1.5").is_whole());
  EXPECT_TRUE(n("1e30").is_whole());
  EXPECT_EQ(n("1.5").to_int64(), std::nullopt);
  EXPECT_EQ(n("1e30").to_int64(), std::nullopt);
}

TEST_F(NumberTest, ConvertsDoubles) {
  EXPECT_EQ(Number::from_double(0.1, arena)->to_text(), "0.1");
  EXPECT_EQ(Number::from_double(1e300, arena)->to_text(), "1" + repeat("0", 300));
  EXPECT_EQ(Number::from_double(5e-324, arena)->to_text(), "0." + repeat("0", 323) + "5");
  EXPECT_TRUE(Number::from_double(3.0, arena)->is_small());
  EXPECT_FALSE(Number::from_double(INFINITY, arena).has_value());
  EXPECT_FALSE(Number::from_double(NAN, arena).has_value());
  EXPECT_DOUBLE_EQ(n("0.1").to_double(), 0.1);
  EXPECT_DOUBLE_EQ(n("1e300").to_double(), 1e300);
}

TEST_F(NumberTest, ReadsIntegersInAnyBase) {
  EXPECT_EQ(Number::parse_integer("ff", 16, arena)->to_text(), "255");
  EXPECT_EQ(Number::parse_integer("FF", 16, arena)->to_text(), "255");
  EXPECT_EQ(Number::parse_integer("-101", 2, arena)->to_text(), "-5");
  EXPECT_EQ(Number::parse_integer("z", 36, arena)->to_text(), "35");
  EXPECT_EQ(Number::parse_integer("z", 62, arena)->to_text(), "35");
  EXPECT_EQ(Number::parse_integer("Z", 62, arena)->to_text(), "61");
  EXPECT_EQ(Number::parse_integer("ffffffffffffffffffff", 16, arena)->to_text(),
            "1208925819614629174706175");
  EXPECT_FALSE(Number::parse_integer("12z", 10, arena).has_value());
  EXPECT_FALSE(Number::parse_integer("", 10, arena).has_value());
  EXPECT_FALSE(Number::parse_integer("-", 10, arena).has_value());
  EXPECT_FALSE(Number::parse_integer("1", 63, arena).has_value());
  EXPECT_FALSE(Number::parse_integer("2", 2, arena).has_value());
}

TEST_F(NumberTest, HugeExponentsAreCheapAndExact) {
  EXPECT_EQ(again("1e1000"), "1" + repeat("0", 1000));
  EXPECT_EQ(again("123e99990"), "123" + repeat("0", 99990));
  EXPECT_EQ(again("1e-1000"), "0." + repeat("0", 999) + "1");
  EXPECT_EQ(again("125e-99990"), "0." + repeat("0", 99987) + "125");
  // Products saturate instead of growing for ever.
  Number large = n("1e99999");
  for (int i = 0; i < 20; ++i) large = Number::multiply(large, large, arena);
  EXPECT_LT(large.to_text().size(), 130'000u);
  EXPECT_EQ(Number::multiply(large, 2, arena), large);
  Number tiny = n("1e-99999");
  for (int i = 0; i < 20; ++i) tiny = Number::multiply(tiny, tiny, arena);
  EXPECT_EQ(tiny.sign(), 0);
  EXPECT_EQ(Number::remainder(large, n("0.3"), arena).has_value(), true);
  EXPECT_TRUE(Number::divide(large, n("1e-99999"), arena).has_value());
}

TEST_F(NumberTest, VeryLongLiteralsAreRead) {
  std::string digits = repeat("1234567890", 10'000);
  Number whole = n(digits);
  EXPECT_EQ(whole.to_text().size(), digits.size());
  EXPECT_EQ(whole.to_text().substr(0, 150), digits.substr(0, 150));
  EXPECT_EQ(n("0." + repeat("0", 5000) + "1").to_text(), "0." + repeat("0", 5000) + "1");
  EXPECT_EQ(n("1." + repeat("0", 100'000)).to_text(), "1");
  EXPECT_EQ(n(repeat("0", 100'000) + "7").to_text(), "7");
}

// Whatever is printed reads back as the same number, over many sizes.
TEST_F(NumberTest, TextRoundTrips) {
  std::mt19937_64 random(20240607);
  for (int i = 0; i < 3000; ++i) {
    std::string text = random() % 2 ? "-" : "";
    size_t digits = 1 + random() % 60;
    for (size_t d = 0; d < digits; ++d) text += static_cast<char>('0' + random() % 10);
    if (random() % 2) {
      text += '.';
      for (size_t d = 0; d <= random() % 40; ++d) text += static_cast<char>('0' + random() % 10);
    }
    if (random() % 3 == 0) text += "e" + std::to_string(static_cast<int>(random() % 900) - 450);
    Number value = n(text);
    Number quotient = *Number::divide(value, n("7.3"), arena);
    EXPECT_EQ(n(value.to_text()), value) << text;
    EXPECT_EQ(n(quotient.to_text()), quotient) << text;
    EXPECT_LE(value.to_text().size(), 700u);
  }
}

// Small operations agree with 128-bit arithmetic, where the result fits or not.
TEST_F(NumberTest, AgreesWithWideIntegers) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 5000; ++i) {
    auto a = static_cast<int64_t>(random() >> (random() % 60));
    auto b = static_cast<int64_t>(random() >> (random() % 60));
    if (random() % 2) a = -a;
    __int128 product = static_cast<__int128>(a) * b;
    bool negative = product < 0;
    unsigned __int128 left = negative ? -static_cast<unsigned __int128>(product)
                                      : static_cast<unsigned __int128>(product);
    std::string text;
    do {
      text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
      left /= 10;
    } while (left != 0);
    if (negative) text.insert(text.begin(), '-');
    EXPECT_EQ(Number::multiply(a, b, arena).to_text(), text);
    if (b != 0) {
      Number whole = Number::truncate(*Number::divide(a, b, arena), arena);
      if (!(a == std::numeric_limits<int64_t>::min() && b == -1)) {
        EXPECT_EQ(whole.to_int64(), a / b) << a << "/" << b;
      }
    }
  }
}

}  // namespace
}  // namespace assay::core
