#include "parsers/model/value.h"

#include <gtest/gtest.h>

#include "parsers/core/limits.h"

namespace assay::model {
namespace {

using core::Symbol;

class ValueTest : public ::testing::Test {
 protected:
  Value object(std::vector<Entry> entries) { return object_value(entries, arena_); }
  Value list(std::vector<Value> items) { return list_value(items, arena_); }
  Guard on(std::string_view subject) {
    Symbol cause(display_name(subject));
    return guards_.atom(subject, Relation::kTrue, "", {&cause, 1});
  }
  core::Arena arena_;
  Guards guards_;
};

TEST_F(ValueTest, LayoutIsSmall) { EXPECT_LE(sizeof(Value), 40u); }

TEST_F(ValueTest, LiteralTextIsJson) {
  EXPECT_EQ(literal_text(string_value("a\"b\n\x01")), "\"a\\\"b\\n\\u0001\"");
  EXPECT_EQ(literal_text(int_value(-5)), "-5");
  EXPECT_EQ(literal_text(bool_value(true)), "true");
  EXPECT_EQ(literal_text(null_value()), "null");
  EXPECT_EQ(literal_text(list({})), "");
}

TEST_F(ValueTest, FindTakesTheLastEntry) {
  Value value = object({{"a", {}, int_value(1)}, {"a", {}, int_value(2)}});
  ASSERT_NE(value.find("a"), nullptr);
  EXPECT_EQ(value.find("a")->small, 2);
  EXPECT_EQ(value.find("b"), nullptr);
  EXPECT_EQ(int_value(1).find("a"), nullptr);
}

TEST_F(ValueTest, PathsLeadThroughObjectsAndLists) {
  Value inner = object({{"x.y", {}, string_value("found")}});
  Value value = object({{"a", {}, object({{"b", {}, list({inner})}})}});
  ASSERT_NE(at_path(value, "a.b[0][\"x.y\"]"), nullptr);
  EXPECT_EQ(at_path(value, "a.b[0][\"x.y\"]")->text(), "found");
  EXPECT_EQ(at_path(value, "a.b[1]"), nullptr);
  EXPECT_EQ(at_path(value, "a.c.d"), nullptr);
  EXPECT_EQ(at_path(value, "a.b[x"), nullptr);
  EXPECT_EQ(at_path(value, "a.b[99999999999999999999]"), nullptr);
  EXPECT_EQ(at_path(value, ""), &value);
}

TEST_F(ValueTest, SameValueIgnoresKindOfSequenceAndOrderOfKeys) {
  Value tuple = list_value(std::vector<Value>{int_value(1), string_value("a")}, arena_, ValueKind::kTuple);
  EXPECT_TRUE(same_value(list({int_value(1), string_value("a")}), tuple));
  EXPECT_FALSE(same_value(list({string_value("a"), int_value(1)}), tuple));
  Value map = object_value(std::vector<Entry>{{"b", {}, int_value(2)}, {"a", {}, int_value(1)}}, arena_, ValueKind::kMap);
  EXPECT_TRUE(same_value(object({{"a", {}, int_value(1)}, {"b", {}, int_value(2)}}), map));
  EXPECT_FALSE(same_value(string_value("1"), int_value(1)));
  EXPECT_FALSE(same_value(null_value(), bool_value(false)));
}

TEST_F(ValueTest, UnknownsAreTheSameByIdentity) {
  Value a = unknown_input("r#var.a", nullptr, arena_);
  Value again = unknown_input("r#var.a", nullptr, arena_);
  Value b = unknown_input("r#var.b", nullptr, arena_);
  EXPECT_TRUE(same_value(a, again));
  EXPECT_FALSE(same_value(a, b));
  Value from[2] = {a, list({b})};
  Value derived = derived_unknown("", nullptr, from, guards_, arena_);
  EXPECT_TRUE(same_value(derived, derived));
  EXPECT_FALSE(same_value(derived, derived_unknown("", nullptr, from, guards_, arena_)));
  ASSERT_EQ(derived.unknown().cause_count, 2u);
  EXPECT_EQ(derived.unknown().causes()[0].text(), "var.a");
  EXPECT_EQ(to_text(a), "<unknown var.a>");
  EXPECT_EQ(to_text(derived), "<unknown of var.a, var.b>");
}

TEST_F(ValueTest, AlternativesFlattenMergeAndCollapse) {
  Guard p = on("r#var.p");
  Guard q = on("r#var.q");
  Alternative inner[2] = {{q, string_value("a")}, {guards_.negate(q), string_value("b")}};
  Value nested = alternatives_value(inner, guards_, arena_);
  Alternative outer[2] = {{p, nested}, {guards_.negate(p), string_value("a")}};
  Value value = alternatives_value(outer, guards_, arena_);
  ASSERT_TRUE(value.is_alternatives());
  ASSERT_EQ(value.size, 2u);
  EXPECT_EQ(value.alternatives()[0].guard, guards_.either(guards_.both(p, q), guards_.negate(p)));
  Alternative same[2] = {{p, int_value(1)}, {guards_.negate(p), int_value(1)}};
  EXPECT_TRUE(alternatives_value(same, guards_, arena_).is_number());
  Alternative impossible[2] = {{kNever, int_value(1)}, {kAlways, int_value(2)}};
  EXPECT_EQ(alternatives_value(impossible, guards_, arena_).small, 2);
  EXPECT_EQ(to_text(nested, &guards_), "<var.q: \"a\" | not var.q: \"b\">");
}

TEST_F(ValueTest, TooManyAlternativesWidenWithWhatTheyShare) {
  std::vector<Alternative> parts;
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back("ami-" + std::to_string(i));
  Guard rest = kAlways;
  for (int i = 0; i < 40; ++i) {
    Symbol cause("var.region");
    Guard here = guards_.atom("r#var.region", Relation::kEquals, '"' + std::to_string(i) + '"', {&cause, 1});
    parts.push_back({i == 39 ? rest : here, string_value(texts[i])});
    rest = guards_.both(rest, guards_.negate(here));
  }
  Value value = alternatives_value(parts, guards_, arena_);
  ASSERT_TRUE(value.is_unknown());
  EXPECT_EQ(value.unknown().prefix, "ami-");
  EXPECT_TRUE(value.unknown().not_null);
  EXPECT_EQ(value.unknown().type->kind, TypeKind::kString);
  ASSERT_EQ(value.unknown().cause_count, 1u);
  EXPECT_EQ(value.unknown().causes()[0].text(), "var.region");
  EXPECT_TRUE(same_value(value, alternatives_value(parts, guards_, arena_)));
}

TEST_F(ValueTest, MarksAndKnowledgeLookInside) {
  Value secret = with_marks(string_value("s"), kSensitive);
  Value value = list({secret, int_value(1)});
  EXPECT_EQ(marks_inside(value), kSensitive);
  EXPECT_TRUE(wholly_known(value));
  EXPECT_EQ(to_text(value), "[(sensitive),1]");
  EXPECT_EQ(to_text(value, nullptr, true), "[\"s\",1]");
  Value guarded = list({with_guard(int_value(1), on("r#var.p"))});
  EXPECT_FALSE(wholly_known(guarded));
  EXPECT_EQ(causes_of(guarded, guards_).size(), 1u);
}

TEST_F(ValueTest, TypesFollowContent) {
  EXPECT_EQ(to_text(type_of(object({{"b", {}, list({int_value(1)})}, {"a", {}, null_value()}}), arena_)),
            "object({a=any, b=list(number)})");
  const Type* element = string_type();
  EXPECT_TRUE(equal(list_type(arena_, element), list_type(arena_, string_type())));
  EXPECT_FALSE(equal(list_type(arena_, element), set_type(arena_, element)));
}

TEST_F(ValueTest, DeepValuesAreSafe) {
  Value value = int_value(1);
  for (int i = 0; i < 100000; ++i) value = list({value});
  EXPECT_FALSE(wholly_known(value));
  EXPECT_FALSE(to_text(value).empty());
  EXPECT_EQ(marks_inside(value), 0);
}

}  // namespace
}  // namespace assay::model
