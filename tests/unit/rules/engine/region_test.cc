#include "rules/engine/region.h"

#include "tests/unit/rules/engine/fixture.h"

namespace assay::rules {
namespace {

using model::OriginKind;
using model::Value;

class RegionTest : public EngineTest {
 protected:
  Finding located(const Rule& rule, model::Resource& resource, const std::vector<Read>& reads,
                  const Value* item = nullptr, std::string_view item_path = {}) {
    Finding out;
    locate(rule, sources_, resource, resource.views[0].value, item, item_path, reads, out);
    return out;
  }
  Rule at_rule(std::vector<std::string> paths) {
    Rule out;
    out.at = std::move(paths);
    return out;
  }
  model::Resource& block(core::FileId file, std::string_view head, Value attributes) {
    model::Resource& out = resource("r", attributes);
    out.header = at(file, head);
    out.span = {file, out.header.begin, static_cast<uint32_t>(sources_.text(file).size())};
    return out;
  }
};

TEST_F(RegionTest, TheLiteralBehindTheChain) {
  core::FileId main = file("main.tf", "resource \"b\" {\n  acl = var.acl\n}\n");
  core::FileId vars = file("prod.tfvars", "acl = \"public\"\n");
  Value acl = model::string_value("public");
  acl.span = at(main, "var.acl");
  acl.origin = origin(OriginKind::kReference, acl.span, "var.acl",
                      {origin(OriginKind::kVariableValue, at(vars, "acl = \"public\""), "var.acl",
                              {origin(OriginKind::kLiteral, at(vars, "\"public\""))})});
  model::Resource& one = block(main, "resource \"b\"", object({{"acl", at(main, "acl"), acl}}));
  Finding out = located(at_rule({"acl"}), one, {});
  EXPECT_EQ(text(out.region), "\"public\"");
  EXPECT_EQ(out.region.file, vars);
  EXPECT_EQ(out.attribute, "acl");
  ASSERT_EQ(out.origin.size(), 3u);
  EXPECT_EQ(out.origin[0].what, "literal");
  EXPECT_EQ(out.origin[1].what, "variable value var.acl");
  EXPECT_EQ(out.origin[2].what, "reference var.acl, attribute acl");
  EXPECT_EQ(out.origin[2].span, acl.span);
}

TEST_F(RegionTest, TheExpressionWhereTwoLiteralsDecide) {
  core::FileId main = file("main.tf", "resource \"b\" {\n  acl = \"pub\" + \"lic\"\n}\n");
  Value acl = model::string_value("public");
  acl.span = at(main, "\"pub\" + \"lic\"");
  acl.origin = origin(OriginKind::kFunction, acl.span, "+",
                      {origin(OriginKind::kLiteral, at(main, "\"pub\"")), origin(OriginKind::kLiteral, at(main, "\"lic\""))});
  model::Resource& one = block(main, "resource \"b\"", object({{"acl", at(main, "acl"), acl}}));
  EXPECT_EQ(text(located(at_rule({"acl"}), one, {}).region), "\"pub\" + \"lic\"");
}

TEST_F(RegionTest, TheReadThatDecidedFillsInIndices) {
  core::FileId main = file("main.tf", "resource \"b\" {\n  cidr = [\"10.0.0.0/8\", \"0.0.0.0/0\"]\n}\n");
  Value open = literal(main, "\"0.0.0.0/0\"");
  Value cidr = list({literal(main, "\"10.0.0.0/8\""), open});
  cidr.span = at(main, "[\"10.0.0.0/8\", \"0.0.0.0/0\"]");
  model::Resource& one = block(main, "resource \"b\"", object({{"cidr", at(main, "cidr"), cidr}}));
  for (const char* path : {"cidr[*]", "cidr[]", "cidr"}) {
    Finding out = located(at_rule({path}), one, {{&cidr, "cidr"}, {&open, "cidr[1]"}});
    EXPECT_EQ(text(out.region), "\"0.0.0.0/0\"") << path;
    EXPECT_EQ(out.attribute, "cidr[1]") << path;
  }
  // Without `at`, the last read that is written somewhere.
  EXPECT_EQ(text(located(Rule{}, one, {{&cidr, "cidr"}, {&open, "cidr[1]"}}).region), "\"0.0.0.0/0\"");
}

TEST_F(RegionTest, TheFirstPathThatExistsWins) {
  core::FileId main = file("main.tf", "resource \"b\" {\n  b = \"x\"\n}\n");
  model::Resource& one = block(main, "resource \"b\"", object({{"b", at(main, "b ="), literal(main, "\"x\"")}}));
  Finding out = located(at_rule({"a", "b"}), one, {});
  EXPECT_EQ(text(out.region), "\"x\"");
  EXPECT_EQ(out.attribute, "b");
}

TEST_F(RegionTest, SomethingMissingPointsAtTheHeader) {
  core::FileId main = file("main.tf", "resource \"b\" {\n  b = \"x\"\n}\n");
  model::Resource& one = block(main, "resource \"b\"", object({{"b", at(main, "b ="), literal(main, "\"x\"")}}));
  Finding out = located(at_rule({"encryption"}), one, {});
  EXPECT_EQ(text(out.region), "resource \"b\"");
  EXPECT_EQ(out.attribute, "encryption");
  EXPECT_TRUE(out.origin.empty());
}

TEST_F(RegionTest, SomethingMissingDeeperPointsAtTheDeepestKeyThere) {
  core::FileId main = file("pod.yaml", "kind: Pod\nspec:\n  securityContext:\n    a: b\n");
  Value context = object({{"a", at(main, "a:"), literal(main, "b")}});
  context.span = at(main, "a: b");
  Value spec = object({{"securityContext", at(main, "securityContext"), context}});
  spec.span = at(main, "securityContext:\n    a: b");
  model::Resource& one = block(main, "kind: Pod", object({{"spec", at(main, "spec"), spec}}));
  Finding out = located(at_rule({"spec.securityContext.runAsNonRoot"}), one,
                        {{&context, "spec.securityContext.runAsNonRoot"}});
  EXPECT_EQ(text(out.region), "securityContext");
  EXPECT_EQ(out.attribute, "spec.securityContext.runAsNonRoot");
  out = located(at_rule({"spec.other.key"}), one, {{&spec, "spec.other.key"}});
  EXPECT_EQ(text(out.region), "spec");
}

TEST_F(RegionTest, ContainersPointAtTheirFirstLine) {
  core::FileId main = file("main.tf", "resource \"b\" {\n  rule {  \n    x = \"y\"\n  }\n}\n");
  Value inner = object({{"x", at(main, "x ="), literal(main, "\"y\"")}});
  inner.span = at(main, "rule {  \n    x = \"y\"\n  }");
  model::Resource& one = block(main, "resource \"b\"", object({{"rule", at(main, "rule"), inner}}));
  Finding out = located(at_rule({"rule"}), one, {});
  EXPECT_EQ(text(out.region), "rule {");
  EXPECT_EQ(out.whole, inner.span);
}

TEST_F(RegionTest, AWholeResourcePointsAtItsHeader) {
  core::FileId main = file("main.tf", "resource \"b\" {\n  a = \"y\"\n}\n");
  model::Resource& one = block(main, "resource \"b\"", object({{"a", {}, literal(main, "\"y\"")}}));
  Value whole = one.views[0].value;
  whole.span = one.span;
  EXPECT_EQ(text(located(Rule{}, one, {{&whole, ""}}).region), "resource \"b\"");
  EXPECT_EQ(text(located(Rule{}, one, {}).region), "resource \"b\"");
}

TEST_F(RegionTest, ItemsOfEachAreTheBase) {
  core::FileId main = file("pod.yaml", "kind: Pod\nspec:\n  - name: a\n    image: x\n  - name: b\n    image: y\n");
  std::vector<Value> items;
  for (int i = 0; i < 2; ++i) {
    Value item = object({{"name", at(main, "name", i), literal(main, i ? "b\n" : "a\n")},
                         {"image", at(main, "image", i), literal(main, i ? "y" : "x")}});
    item.span = at(main, i ? "name: b\n    image: y" : "name: a\n    image: x");
    items.push_back(item);
  }
  Value spec = list(items);
  model::Resource& one = block(main, "kind: Pod", object({{"spec", at(main, "spec"), spec}}));
  const Value& second = one.views[0].value.find("spec")->items()[1];
  Finding out = located(at_rule({"image"}), one, {}, &second, "spec[1]");
  EXPECT_EQ(text(out.region), "y");
  EXPECT_EQ(out.attribute, "spec[1].image");
  out = located(Rule{}, one, {}, &second, "spec[1]");
  EXPECT_EQ(text(out.region), "name: b");
  EXPECT_EQ(out.attribute, "spec[1]");
  // What is read through the item is seen from the view in the report.
  const Value& image = second.entries()[1].value;
  out = located(at_rule({"image"}), one, {{&image, "image"}}, &second, "spec[1]");
  EXPECT_EQ(text(out.region), "y");
  EXPECT_EQ(out.attribute, "spec[1].image");
  out = located(at_rule({"resources"}), one, {{&second, "resources"}}, &second, "spec[1]");
  EXPECT_EQ(text(out.region), "name: b");
  EXPECT_EQ(out.attribute, "spec[1].resources");
  // Missing in the item: the item, not the whole resource.
  out = located(at_rule({"resources"}), one, {{&second, "spec[1].resources"}}, &second, "spec[1]");
  EXPECT_EQ(text(out.region), "name: b");
  EXPECT_EQ(out.attribute, "spec[1].resources");
}

TEST_F(RegionTest, UnwrittenValuesPointAtTheHeader) {
  core::FileId main = file("main.tf", "resource \"b\" {\n}\n");
  Value acl = model::string_value("private");
  acl.origin = origin(OriginKind::kProviderDefault, {}, "default");
  model::Resource& one = block(main, "resource \"b\"", object({{"acl", {}, acl}}));
  EXPECT_EQ(text(located(at_rule({"acl"}), one, {{&acl, "acl"}}).region), "resource \"b\"");
}

}  // namespace
}  // namespace assay::rules
