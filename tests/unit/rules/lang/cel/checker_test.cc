#include "tests/unit/rules/lang/cel/fixture.h"

namespace assay::rules::cel {
namespace {

std::string type_or_issue(std::string_view text, const Environment& env = standard_environment()) {
  Issues issues;
  auto program = compile(env, text, {}, issues);
  return program ? to_text(*program->type) : issues[0].message;
}

TEST(CelChecker, DeducesTypes) {
  EXPECT_EQ(type_or_issue("[1, 2].map(x, string(x))"), "list(string)");
  EXPECT_EQ(type_or_issue("{'a': [1u]}['a'][0]"), "uint");
  EXPECT_EQ(type_or_issue("[[], [1]]"), "list(list(int))");
  EXPECT_EQ(type_or_issue("true ? optional.none() : optional.of(1)"), "optional_type(int)");
  EXPECT_EQ(type_or_issue("{'a': 1}.transformMap(k, v, v > 1)"), "map(string, bool)");
}

TEST(CelChecker, FindsMistakes) {
  EXPECT_EQ(type_or_issue("resourc.acl", rules_environment()),
            "undeclared reference to 'resourc'; did you mean 'resource'?");
  EXPECT_EQ(type_or_issue("'a'.startswith('b')"), "unknown function 'startswith'; did you mean 'startsWith'?");
  EXPECT_EQ(type_or_issue("'a'.startsWith(1)"), "no overload of 'startsWith' takes (string, int)");
  EXPECT_EQ(type_or_issue("startsWith('a', 'b')"),
            "no overload of 'startsWith' takes (string, string); it is a member: write x.startsWith(...)");
  EXPECT_EQ(type_or_issue("1 + 'a'"), "operator + does not take (int, string)");
  EXPECT_EQ(type_or_issue("[1].all(x, x + 1)"), "this condition is of type int, not bool");
  EXPECT_EQ(type_or_issue("'a'.b"), "a value of type string has no field 'b'");
  EXPECT_EQ(type_or_issue("'a'.matches('(')").substr(0, 24), "not a regular expression");
}

TEST(CelChecker, EverySignatureOfTheLibrariesIsUsable) {
  // Signatures are parsed when the environments are made: a malformed one stops the program.
  EXPECT_GT(standard_environment().functions().size(), 100u);
  for (const auto& [name, function] : rules_environment().functions()) {
    for (const Overload& overload : function.overloads) EXPECT_NE(overload.signature.result, nullptr) << name;
  }
}

TEST(CelLanguage, RulesGiveABool) {
  CompiledPolicy bad = language().compile("1 + 1", false);
  EXPECT_EQ(bad.check, nullptr);
  EXPECT_EQ(bad.errors.at(0).message, "a rule gives a bool (true is a violation), this gives int");
  CompiledPolicy item = language().compile("item == 1", false);
  EXPECT_EQ(item.errors.at(0).message, "`item` is only there in rules with `each`; use `resource`");
  EXPECT_NE(language().compile("item == 1", true).check, nullptr);
  EXPECT_NE(language().compile("resource.public", false).check, nullptr);
}

}  // namespace
}  // namespace assay::rules::cel
