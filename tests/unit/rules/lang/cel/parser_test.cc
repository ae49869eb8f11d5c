#include "rules/lang/cel/parser.h"

#include "parsers/core/limits.h"
#include "tests/unit/rules/lang/cel/fixture.h"

namespace assay::rules::cel {
namespace {

std::string first_issue(std::string_view text) {
  core::Arena arena;
  Issues issues;
  std::vector<MacroDef> macros(standard_macros().begin(), standard_macros().end());
  if (parse(text, macros, arena, issues)) return "";
  return std::to_string(issues[0].begin) + "-" + std::to_string(issues[0].end) + ": " + issues[0].message;
}

TEST(CelParser, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(first_issue("a = 1"), "2-3: unexpected character '='; write == to compare");
  EXPECT_EQ(first_issue("a &&"), "4-4: the expression ends where a value is expected");
  EXPECT_EQ(first_issue("f(1"), "3-3: the expression ends where ')' is expected");
  EXPECT_EQ(first_issue("'abc"), "0-4: this string does not end; add its closing quote");
  EXPECT_EQ(first_issue("for + 1"), "0-3: 'for' is a reserved word");
  EXPECT_EQ(first_issue("has(a)"), "4-5: has() takes a field selection such as has(a.b)");
  EXPECT_EQ(first_issue("a.all(b.c, true)"), "6-9: this must be a simple variable name");
  EXPECT_EQ(first_issue("9223372036854775808"), "0-19: this number does not fit into 64 bits");
  EXPECT_EQ(first_issue("1 2"), "2-3: found '2' where an operator or the end is expected");
  EXPECT_EQ(first_issue("A{b: 1}"), "1-2: message literals are not supported; write a map {\"field\": value}");
}

TEST(CelParser, NestingIsBounded) {
  std::string deep(core::kMaxNesting + 10, '(');
  EXPECT_NE(first_issue(deep), "");
  std::string chain = "a";
  for (uint32_t i = 0; i < core::kMaxExpressionDepth + 10; ++i) chain += ".b";
  EXPECT_NE(first_issue(chain).find("nested too deeply"), std::string::npos);
  std::string lists(100'000, '[');
  EXPECT_NE(first_issue(lists).find("nested too deeply"), std::string::npos);
  std::string signs(100'000, '-');
  EXPECT_EQ(first_issue(signs + "1"), "");
}

TEST(CelParser, LongConjunctionsAreNotDeep) {
  std::string text = "true";
  for (int i = 0; i < 20'000; ++i) text += " && true";
  EXPECT_EQ(first_issue(text), "");
}

class CelParserValues : public CelTest {};

TEST_F(CelParserValues, PrecedenceAndAssociativity) {
  EXPECT_EQ(value_of("1 + 2 * 3 - 4 / 2"), "5");
  EXPECT_EQ(value_of("true || false && false"), "true");
  EXPECT_EQ(value_of("false ? 1 : true ? 2 : 3"), "2");
  EXPECT_EQ(value_of("-2 - -3"), "1");
  EXPECT_EQ(value_of("!!true"), "true");
  EXPECT_EQ(value_of("1 < 2 == true"), "true");
  EXPECT_EQ(value_of("-9223372036854775808"), "-9223372036854775808");
}

TEST_F(CelParserValues, Literals) {
  EXPECT_EQ(value_of("r'a\\n' + '\\x41\\u00e9'"), "\"a\\\\nA\u00e9\"");
  EXPECT_EQ(value_of("'''a\n'b'''"), "\"a\\n'b\"");
  EXPECT_EQ(value_of("b'\\xff' == b'\\377'"), "true");
  EXPECT_EQ(value_of("[1, 2u, 1.5, null,]"), "[1, 2u, 1.5, null]");
  EXPECT_EQ(value_of("0x1F // comment\n + 1"), "32");
}

}  // namespace
}  // namespace assay::rules::cel
