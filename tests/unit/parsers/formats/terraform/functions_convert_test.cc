#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "parsers/core/symbol.h"
#include "parsers/formats/terraform/functions/convert.h"
#include "parsers/syntax/hcl/reader.h"
#include "parsers/syntax/json/reader.h"

namespace assay::formats::terraform {
namespace {

using model::Value;
using model::ValueKind;

class ConvertTest : public testing::Test {
 protected:
  static const syntax::Node& inside(const syntax::Node& node) {
    bool shell = node.kind == syntax::NodeKind::kStream || node.kind == syntax::NodeKind::kDocument;
    return shell && node.child_count > 0 ? inside(*node.child(0)) : node;
  }

  Value build(const syntax::Node& node) {
    std::vector<Value> items;
    std::vector<model::Entry> entries;
    switch (node.kind) {
      case syntax::NodeKind::kBool:
        return model::bool_value(node.text == "true");
      case syntax::NodeKind::kNumber:
        return model::number_value(*core::Number::parse(node.text, arena), arena);
      case syntax::NodeKind::kString:
        return model::string_value(arena.copy(node.text));
      case syntax::NodeKind::kSequence:
        for (const syntax::Node* child : node.children()) items.push_back(build(*child));
        return model::list_value(items, arena, ValueKind::kTuple);
      case syntax::NodeKind::kMapping:
        for (const syntax::Node* pair : node.children()) {
          entries.push_back({arena.copy(pair->child(0)->text), {}, build(*pair->child(1))});
        }
        return model::object_value(entries, arena);
      default:
        return model::null_value();
    }
  }
  Value value(std::string_view json) {
    trees.push_back(syntax::read_json(core::kNoFile, arena.copy(json)));
    return build(inside(*trees.back()->root));
  }

  // The type written behind `type =`. Defaults are JSON literals here.
  const model::Type* type(std::string_view text) {
    trees.push_back(syntax::read_hcl(0, arena.copy("type = " + std::string(text) + "\n")));
    const syntax::Node& expression = *trees.back()->root->child(0)->child(0);
    std::string_view source = trees.back()->source;
    auto evaluate = [&](const syntax::Node& node) -> CallResult {
      return value(source.substr(node.begin, node.end - node.begin));
    };
    return parse_type(expression, 0, context, evaluate, problems);
  }

  std::string converted(std::string_view json, std::string_view to) {
    CallResult result = convert(value(json), type(to), context);
    return result.is_error ? "error: " + result.error : model::to_text(result.value, &guards);
  }

  core::Arena arena;
  model::Guards guards;
  CallContext context{arena, guards, nullptr, {}, {}, {}, "r"};
  core::Problems problems;
  std::vector<std::unique_ptr<syntax::Tree>> trees;
};

TEST_F(ConvertTest, Primitives) {
  EXPECT_EQ(converted("5", "string"), "\"5\"");
  EXPECT_EQ(converted("\"7\"", "number"), "7");
  EXPECT_EQ(converted("\"true\"", "bool"), "true");
  EXPECT_EQ(converted("\"x\"", "number"), "error: a number is required");
  EXPECT_EQ(converted("true", "number"), "error: number required");
  EXPECT_EQ(converted("[]", "string"), "error: string required");
  EXPECT_EQ(converted("null", "string"), "null");
}

TEST_F(ConvertTest, Collections) {
  EXPECT_EQ(converted("[1,\"x\"]", "list(any)"), R"(["1","x"])");
  EXPECT_EQ(converted("[[1],[\"x\"]]", "list(list(any))"), R"([["1"],["x"]])");
  EXPECT_EQ(converted("[\"b\",\"a\",\"b\"]", "set(string)"), R"(["a","b"])");
  EXPECT_EQ(converted("[1,[2]]", "list(any)"), "error: all list elements must have the same type");
  EXPECT_EQ(converted("{\"b\":1,\"a\":true}", "map(string)"), R"({"a":"true","b":"1"})");
  EXPECT_EQ(converted("[1,\"2\"]", "tuple([string, number])"), R"(["1",2])");
  EXPECT_EQ(converted("[1]", "tuple([string, number])"), "error: tuple of 2 elements required");
  EXPECT_EQ(converted("[1]", "map(string)"), "error: map of string required");
}

TEST_F(ConvertTest, OptionalAttributesWithDefaultsAtAnyDepth) {
  const char* to =
      "object({ x = optional(string, \"dx\"), n = optional(number), "
      "l = optional(list(object({ k = optional(string, \"kk\") })), [{}]), "
      "m = optional(object({ p = optional(string, \"pp\") }), {}) })";
  EXPECT_EQ(converted(R"({"x":null,"extra":1})", to),
            R"({"l":[{"k":"kk"}],"m":{"p":"pp"},"n":null,"x":"dx"})");
  EXPECT_EQ(converted(R"({"z":{"y":1},"w":{"x":"false","y":"s"}})",
                      "map(object({ x = optional(bool, true), y = any }))"),
            R"({"w":{"x":false,"y":"s"},"z":{"x":true,"y":"1"}})");
  EXPECT_EQ(converted("{}", "object({ a = string })"), "error: attribute \"a\" is required");
  EXPECT_EQ(converted(R"({"a":[]})", "object({ a = string })"),
            "error: attribute \"a\": string required");
  EXPECT_TRUE(problems.empty());
}

TEST_F(ConvertTest, UndecidedNullTakesTheDefaultWhereItIsNull) {
  core::Symbol cause{"p"};
  model::Guard p = guards.atom("r#p", model::Relation::kTrue, "", {&cause, 1});
  model::Alternative sides[] = {{p, model::null_value()},
                                {guards.negate(p), model::string_value("v")}};
  model::Entry entry{"a", {}, model::alternatives_value(sides, guards, arena)};
  Value object = model::object_value({&entry, 1}, arena);
  CallResult result = convert(object, type("object({ a = optional(string, \"d\") })"), context);
  ASSERT_FALSE(result.is_error);
  EXPECT_EQ(model::to_text(result.value, &guards), R"({"a":<p: "d" | not p: "v">})");
}

TEST_F(ConvertTest, UnifiesAsConditionalsDo) {
  auto both = [&](std::string_view a, std::string_view b) {
    std::vector<Value> values{value(a), value(b)};
    if (unify_values(values, context).is_error) return std::string("error");
    return model::to_text(values[0]) + " " + model::to_text(model::type_of(values[0], arena));
  };
  EXPECT_EQ(both("1", "\"a\""), "\"1\" string");
  EXPECT_EQ(both("[1]", "[\"a\"]"), "[\"1\"] tuple([string])");
  EXPECT_EQ(both("[1,2]", "[]"), "[1,2] list(number)");
  EXPECT_EQ(both(R"({"a":1,"b":"x"})", "{}"), R"({"a":"1","b":"x"} map(string))");
  EXPECT_EQ(both(R"({"a":{"b":1}})", R"({"a":{"b":"x"}})"),
            R"({"a":{"b":"1"}} object({a=object({b=string})}))");
  EXPECT_EQ(both(R"({"a":1,"b":[1]})", "{}"), "error");
  EXPECT_EQ(both("true", "1"), "error");
  EXPECT_EQ(both("{}", "\"x\""), "error");
  EXPECT_EQ(both("5", "null"), "5 number");
}

TEST_F(ConvertTest, TypeExpressionsAndTheirMistakes) {
  EXPECT_EQ(model::to_text(type("map(list(set(number)))")), "map(list(set(number)))");
  EXPECT_EQ(model::to_text(type("\"list\"")), "list(any)");
  EXPECT_EQ(model::to_text(type("any")), "any");
  EXPECT_TRUE(problems.empty());
  for (const char* bad :
       {"strin", "list(string, bool)", "optional(string)", "object(string)", "\"number\"", "map",
        "5", "tuple([optional(string)])", "object({ a = string, a = bool })"}) {
    problems.clear();
    type(bad);
    EXPECT_EQ(problems.empty(), std::string_view(bad) == "map") << bad;
  }
  problems.clear();
  type("strin");
  EXPECT_NE(problems[0].message.find("did you mean \"string\""), std::string::npos);
  EXPECT_EQ(problems[0].code, "terraform-type");
}

TEST_F(ConvertTest, DeepValuesAndTypesEnd) {
  std::string deep(3000, '[');
  deep += std::string(3000, ']');
  EXPECT_EQ(convert(value(deep), type("list(any)"), context).value.is_alternatives(), false);
  Value nested = model::string_value("x");
  for (int i = 0; i < 1500; ++i) nested = model::list_value({&nested, 1}, arena, ValueKind::kTuple);
  const model::Type* to = model::string_type();
  for (int i = 0; i < 1500; ++i) to = model::list_type(arena, to);
  EXPECT_TRUE(convert(nested, to, context).is_error);
}

}  // namespace
}  // namespace assay::formats::terraform
