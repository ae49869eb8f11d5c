#include "tests/unit/rules/lang/checkov/fixture.h"

namespace assay::rules::checkov {
namespace {

struct Row {
  const char* body;
  const char* op;
  const char* value;
  const char* verdict;
};

class Operators : public ::testing::TestWithParam<Row> {};

TEST_P(Operators, Hold) {
  const Row& row = GetParam();
  EXPECT_EQ(holds(row.body, "a", row.op, row.value), row.verdict) << row.body << " " << row.op << " " << row.value;
}

INSTANTIATE_TEST_SUITE_P(Equality, Operators, ::testing::Values(
    Row{"a = 1", "equals", "\"1\"", "pass"}, Row{"a = \"x\"", "equals", "X", "fail"},
    Row{"a = true", "equals", "\"TRUE\"", "pass"}, Row{"a = \"False\"", "equals", "false", "pass"},
    Row{"", "equals", "x", "fail"}, Row{"", "not_equals", "x", "pass"}, Row{"a = \"x\"", "not_equals", "x", "fail"},
    Row{"a = [1, 2]", "equals", "[1, 2]", "pass"}, Row{"a = [2, 1]", "equals", "[1, 2]", "fail"},
    Row{"a = { k = 1 }", "equals", "{k: 1}", "pass"},
    Row{"a = \"TLS\"", "equals_ignore_case", "tls", "pass"}, Row{"a = \"TLS\"", "not_equals_ignore_case", "tls", "fail"},
    Row{"", "not_equals_ignore_case", "tls", "pass"}));

INSTANTIATE_TEST_SUITE_P(Presence, Operators, ::testing::Values(
    Row{"a = \"\"", "exists", "", "pass"}, Row{"a = null", "exists", "", "fail"}, Row{"", "exists", "", "fail"},
    Row{"a = null", "not_exists", "", "pass"}, Row{"a = var.v", "exists", "", "pass"},
    Row{"a = []", "is_empty", "", "pass"}, Row{"a = \"\"", "is_empty", "", "pass"}, Row{"a = {}", "is_empty", "", "pass"},
    Row{"", "is_empty", "", "fail"}, Row{"", "is_not_empty", "", "pass"}, Row{"a = [1]", "is_not_empty", "", "pass"},
    Row{"a = true", "is_true", "", "pass"}, Row{"a = \"true\"", "is_true", "", "fail"}, Row{"", "is_false", "", "pass"},
    Row{"a = true", "is_false", "", "fail"}));

INSTANTIATE_TEST_SUITE_P(Parts, Operators, ::testing::Values(
    Row{"a = \"public-read\"", "contains", "public", "pass"}, Row{"a = [\"x\", \"y\"]", "contains", "y", "pass"},
    Row{"a = [\"xy\"]", "contains", "x", "fail"}, Row{"a = { k = \"v\" }", "contains", "k", "pass"},
    Row{"a = { k = \"has v\" }", "contains", "v", "pass"}, Row{"", "contains", "k", "fail"},
    Row{"", "not_contains", "k", "pass"}, Row{"a = \"['x', 'y']\"", "contains", "x", "pass"},
    Row{"a = \"['xz', 'y']\"", "contains", "x", "fail"},
    Row{"a = \"x\"", "within", "[x, y]", "pass"}, Row{"a = 1", "within", "[\"1\"]", "fail"}, Row{"a = 1", "within", "[1]", "pass"},
    Row{"a = \"ab\"", "within", "cabd", "pass"}, Row{"", "within", "[x]", "fail"}, Row{"", "not_within", "[x]", "pass"},
    Row{"a = [\"x\"]", "subset", "[x, y]", "pass"}, Row{"a = [\"x\", \"z\"]", "subset", "[x, y]", "fail"},
    Row{"a = \"x\"", "subset", "[x]", "pass"}, Row{"a = { x = 1 }", "subset", "[x]", "pass"},
    Row{"a = [\"z\"]", "not_subset", "[x]", "pass"},
    Row{"a = [\"x\", \"z\"]", "intersects", "[x, y]", "pass"}, Row{"a = [\"z\"]", "intersects", "[x, y]", "fail"},
    Row{"a = [\"z\"]", "not_intersects", "[x, y]", "pass"}, Row{"a = \"zx\"", "intersects", "[x]", "pass"},
    Row{"a = \"text\"", "intersects", "ex", "pass"}));

INSTANTIATE_TEST_SUITE_P(Texts, Operators, ::testing::Values(
    Row{"a = \"abc\"", "starting_with", "ab", "pass"}, Row{"a = \"abc\"", "ending_with", "bc", "pass"},
    Row{"a = [\"abc\"]", "starting_with", "ab", "fail"}, Row{"", "not_starting_with", "ab", "pass"},
    Row{"a = \"abc\"", "not_ending_with", "bc", "fail"},
    Row{"a = \"abc\"", "regex_match", "b", "fail"}, Row{"a = \"abc\"", "regex_match", "\"a.\"", "pass"},
    Row{"a = 12", "regex_match", "\"^[0-9]+$\"", "pass"}, Row{"", "regex_match", "None", "pass"},
    Row{"a = \"abc\"", "not_regex_match", "\"^x\"", "pass"},
    Row{"a = \"prod-db\"", "regex_match", "\"(?!test)prod-(?=db)\"", "pass"},
    Row{"a = \"test-db\"", "regex_match", "\"(?!test).*\"", "fail"},
    Row{"a = \"one two  three\"", "number_of_words_equals", "3", "pass"},
    Row{"a = \"one two\"", "number_of_words_not_equals", "3", "pass"},
    Row{"a = \"one two\"", "number_of_words_greater_than", "2", "fail"},
    Row{"a = \"one two\"", "number_of_words_greater_than_or_equal", "2", "pass"},
    Row{"a = \"one two\"", "number_of_words_less_than", "3", "pass"},
    Row{"a = \"one two\"", "number_of_words_less_than_or_equal", "1", "fail"}));

INSTANTIATE_TEST_SUITE_P(Numbers, Operators, ::testing::Values(
    Row{"a = 90", "greater_than", "7", "pass"}, Row{"a = \"90\"", "greater_than_or_equal", "90", "pass"},
    Row{"a = 5", "less_than", "10", "pass"}, Row{"a = 10", "less_than_or_equal", "10", "pass"},
    Row{"", "greater_than", "1", "fail"}, Row{"", "less_than", "1", "fail"}, Row{"a = \"b\"", "greater_than", "a", "pass"},
    Row{"a = [1, 2]", "length_equals", "2", "pass"}, Row{"a = \"abc\"", "length_greater_than", "2", "pass"},
    Row{"a = { x = 1, y = 2 }", "length_equals", "1", "pass"}, Row{"a = [1]", "length_less_than", "1", "fail"},
    Row{"a = [1]", "length_less_than_or_equal", "1", "pass"}, Row{"a = [1]", "length_greater_than_or_equal", "2", "fail"},
    Row{"", "length_not_equals", "1", "pass"}, Row{"", "length_equals", "0", "fail"},
    Row{"a = 22", "range_includes", "22", "pass"}, Row{"a = \"20-25\"", "range_includes", "22", "pass"},
    Row{"a = \"*\"", "range_includes", "22", "pass"}, Row{"a = [\"80\", \"20-25\"]", "range_includes", "22", "pass"},
    Row{"a = \"30\"", "range_includes", "\"20-40\"", "pass"}, Row{"a = 30", "range_includes", "[1, \"20-40\"]", "pass"},
    Row{"a = 443", "range_includes", "[22, 3389]", "fail"}, Row{"a = 443", "range_not_includes", "[22, 3389]", "pass"},
    Row{"", "range_not_includes", "22", "pass"},
    Row{"a = \"10.1.0.0/16\"", "cidr_range_subset", "10.0.0.0/8", "pass"},
    Row{"a = [\"10.1.0.0/16\", \"192.168.1.4\"]", "cidr_range_subset", "[10.0.0.0/8, 192.168.0.0/16]", "pass"},
    Row{"a = [\"10.1.0.0/16\", \"0.0.0.0/0\"]", "cidr_range_subset", "[10.0.0.0/8]", "fail"},
    Row{"a = \"fd00::/8\"", "cidr_range_subset", "10.0.0.0/8", "fail"},
    Row{"a = \"0.0.0.0/0\"", "cidr_range_not_subset", "10.0.0.0/8", "pass"}));

INSTANTIATE_TEST_SUITE_P(Unknowns, Operators, ::testing::Values(
    Row{"a = var.v", "equals", "x", "maybe"}, Row{"a = var.v", "not_equals", "x", "maybe"},
    Row{"a = \"ab-${var.v}\"", "starting_with", "ab", "pass"}, Row{"a = \"ab-${var.v}\"", "starting_with", "xy", "fail"},
    Row{"a = [\"x\", var.v]", "contains", "x", "pass"}, Row{"a = [\"y\", var.v]", "contains", "x", "maybe"},
    Row{"a = var.v", "within", "[x]", "maybe"}, Row{"a = var.v", "regex_match", "x", "maybe"},
    Row{"a = var.v ? \"x\" : \"y\"", "within", "[x, y]", "pass"}, Row{"a = var.v ? \"x\" : \"y\"", "equals", "x", "maybe"},
    Row{"a = [var.v]", "is_empty", "", "fail"}));

TEST(Unknown, OneAnswerForOneInput) {
  // x or not x holds whatever the input is.
  const char kEither[] =
      "  or:\n    - {cond_type: attribute, resource_types: [my_thing], attribute: a, operator: equals, value: x}\n"
      "    - {cond_type: attribute, resource_types: [my_thing], attribute: a, operator: not_equals, value: x}\n";
  EXPECT_EQ(verdicts("variable \"v\" {}\nresource \"my_thing\" \"t\" { a = var.v }\n", kEither)["my_thing.t"], "pass");
}

}  // namespace
}  // namespace assay::rules::checkov
