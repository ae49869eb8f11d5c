#include "parsers/formats/arm/expression.h"

#include <gtest/gtest.h>

namespace assay::formats::arm {
namespace {

// "concat('a', parameters('b').c[0])" as it was understood.
std::string shown(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kText: return "'" + std::string(expression.text) + "'";
    case Expression::Kind::kInteger: return std::string(expression.text);
    case Expression::Kind::kProperty:
      return shown(*expression.child_array[0]) + "." + std::string(expression.text);
    case Expression::Kind::kIndex:
      return shown(*expression.child_array[0]) + "[" + shown(*expression.child_array[1]) + "]";
    case Expression::Kind::kCall: break;
  }
  std::string out(expression.text);
  out += '(';
  for (const Expression* child : expression.children()) {
    if (out.back() != '(') out += ", ";
    out += shown(*child);
  }
  return out + ")";
}

std::string parse(std::string_view text) {
  core::Arena arena;
  ParsedExpression made = parse_expression(text, arena);
  if (!made.root) return "! " + made.error + " at " + std::to_string(made.begin);
  return shown(*made.root);
}

TEST(ArmExpression, TellsTextsApart) {
  EXPECT_EQ(text_kind("plain"), TextKind::kLiteral);
  EXPECT_EQ(text_kind("[open"), TextKind::kLiteral);
  EXPECT_EQ(text_kind("[[escaped]"), TextKind::kEscaped);
  EXPECT_EQ(text_kind("[call()]"), TextKind::kExpression);
  EXPECT_EQ(text_kind("["), TextKind::kLiteral);
  EXPECT_EQ(text_kind(""), TextKind::kLiteral);
}

TEST(ArmExpression, ReadsCallsPropertiesAndIndices) {
  EXPECT_EQ(parse("[concat('a', parameters('b').c[0])]"), "concat('a', parameters('b').c[0])");
  EXPECT_EQ(parse("[ f ( 'x' , -3 ) . y [ g() ] ]"), "f('x', -3).y[g()]");
  EXPECT_EQ(parse("[contoso.name(1)]"), "contoso.name(1)");
  EXPECT_EQ(parse("[f().a.b['c']]"), "f().a.b['c']");
}

TEST(ArmExpression, QuotesAreDoubled) {
  EXPECT_EQ(parse("['it''s']"), "'it's'");
  EXPECT_EQ(parse("['''']"), "'''");
  EXPECT_EQ(parse("[f('a]b')]"), "f('a]b')");
}

TEST(ArmExpression, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(parse("[f('a]"), "! the text is not closed: ' is missing at 3");
  EXPECT_EQ(parse("[f('a']"), "! the call is not closed: ) is missing at 6");
  EXPECT_EQ(parse("[f('a',)]"), "! an argument must follow the comma at 7");
  EXPECT_EQ(parse("[f() g()]"), "! there is something behind the end of the expression at 5");
  EXPECT_EQ(parse("[true]"), "! \"true\" is no call: write true() at 1");
  EXPECT_EQ(parse("[name]"), "! \"name\" is no call: write name(), or 'name' for a text at 1");
  EXPECT_EQ(parse("[1.5]"), "! expressions have whole numbers only at 1");
  EXPECT_EQ(parse("[]"), "! the expression ends too early at 1");
  EXPECT_EQ(parse("[f(\"a\")]"), "! texts in expressions stand in single quotes at 3");
  EXPECT_EQ(parse("[f()[0]"), "! the bracket is not closed: ] is missing at 6");
}

TEST(ArmExpression, NestingHasALimit) {
  std::string deep = "[";
  for (int i = 0; i < 5000; ++i) deep += "f(";
  EXPECT_NE(parse(deep + "]").find("nested too deeply"), std::string::npos);
  std::string indices = "[f()";
  for (int i = 0; i < 5000; ++i) indices += "[f()";
  EXPECT_NE(parse(indices + "]").find("nested too deeply"), std::string::npos);
}

}  // namespace
}  // namespace assay::formats::arm
