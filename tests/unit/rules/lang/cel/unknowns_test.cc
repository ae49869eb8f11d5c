#include "tests/unit/rules/lang/cel/fixture.h"

namespace assay::rules::cel {
namespace {

class Unknowns : public CelTest {};

TEST_F(Unknowns, EqualQuestionsGetEqualAnswers) {
  model::Value view = object({{"a", input("R#var.a")}, {"b", input("R#var.b", model::bool_type())}});
  EXPECT_EQ(verdict("resource.a == 'x'", view), "maybe");
  EXPECT_EQ(verdict("resource.a == 'x' || resource.a != 'x'", view), "fail");
  EXPECT_EQ(verdict("resource.a == 'x' && resource.a == 'y'", view), "pass");
  EXPECT_EQ(verdict("resource.a == resource.a", view), "fail");
  EXPECT_EQ(verdict("resource.b || !resource.b", view), "fail");
  EXPECT_EQ(verdict("resource.b && resource.b == false", view), "pass");
  EXPECT_EQ(verdict("resource.a.matches('^x') || !resource.a.matches('^x')", view), "fail");
  EXPECT_EQ(verdict("resource.a.matches('^x')", view), "maybe");
  EXPECT_EQ(verdict("resource.a.k[0] == 1 && resource.a.k[0] != 1", view), "pass");
  EXPECT_EQ(verdict("resource.a in ['x', 'y'] && resource.a == 'z'", view), "pass");
  EXPECT_EQ(verdict("resource.a == null", view), "pass");
}

TEST_F(Unknowns, RefinementsDecide) {
  model::Unknown name;
  name.id = core::Symbol("R#name");
  name.type = model::string_type();
  name.not_null = true;
  name.prefix = "ab-";
  model::Value view = object({{"name", model::unknown_value(name, arena())},
                              {"count", input("R#var.n", model::number_type())}});
  EXPECT_EQ(verdict("resource.name.startsWith('ab')", view), "fail");
  EXPECT_EQ(verdict("resource.name.startsWith('x')", view), "pass");
  EXPECT_EQ(verdict("resource.name.startsWith('ab-c')", view), "maybe");
  EXPECT_EQ(verdict("is_open_cidr(resource.name)", view), "pass");
  EXPECT_EQ(verdict("resource.count < 5 && resource.count > 7", view), "pass");
  EXPECT_EQ(verdict("resource.count < 5 || resource.count >= 5", view), "fail");
  EXPECT_EQ(verdict("resource.count + 1 > 5", view), "maybe");
  EXPECT_EQ(verdict("size([resource.name, 'x']) == 2", view), "fail");
}

TEST_F(Unknowns, NullMayStandBehindAnUnknown) {
  model::Value view = object({{"a", input("R#var.a", model::number_type(), false)}});
  EXPECT_EQ(verdict("resource.a < 5 || resource.a >= 5", view), "maybe");
  EXPECT_EQ(verdict("resource.a == null || resource.a < 5 || resource.a >= 5", view), "fail");
  EXPECT_EQ(verdict("has(resource.a) == (resource.a != null)", view), "fail");
}

TEST_F(Unknowns, AlternativesFollowTheirGuards) {
  model::Guard prod = atom("R#var.prod");
  model::Value view = object({{"acl", either(prod, str("private"), str("public"))},
                              {"log", either(prod, boolean(true), boolean(false))}});
  EXPECT_EQ(verdict("resource.acl == 'public'", view), "maybe");
  EXPECT_EQ(verdict("resource.acl == 'public' && resource.log", view), "pass");
  EXPECT_EQ(verdict("resource.acl == 'public' || resource.log", view), "fail");
  EXPECT_EQ(verdict("resource.acl in ['public', 'private']", view), "fail");
  EXPECT_EQ(verdict("resource.acl.startsWith('p')", view), "fail");
}

TEST_F(Unknowns, GuardedElementsAreThereOrNot) {
  model::Value maybe = model::with_guard(str("0.0.0.0/0"), atom("R#var.open"));
  model::Value view = object({{"cidrs", list({maybe, str("10.0.0.0/8")})},
                              {"block", model::with_guard(object({{"on", boolean(true)}}), atom("R#var.block"))}});
  EXPECT_EQ(verdict("'0.0.0.0/0' in resource.cidrs", view), "maybe");
  EXPECT_EQ(verdict("resource.cidrs.exists(c, is_open_cidr(c))", view), "maybe");
  EXPECT_EQ(verdict("size(resource.cidrs) == 2", view), "maybe");
  EXPECT_EQ(verdict("size(resource.cidrs) == 2 && !('0.0.0.0/0' in resource.cidrs)", view), "pass");
  EXPECT_EQ(verdict("resource.cidrs[0] == '10.0.0.0/8' || '0.0.0.0/0' in resource.cidrs", view), "fail");
  EXPECT_EQ(verdict("has(resource.block)", view), "maybe");
  EXPECT_EQ(verdict("resource.block.on || resource.block == null", view), "fail");
}

TEST_F(Unknowns, AnUnknownCollectionIsEmptyOrHasUnknownElements) {
  model::Value view = object({{"list", input("R#var.list")}});
  EXPECT_EQ(verdict("resource.list.exists(x, x == 'a')", view), "maybe");
  EXPECT_EQ(verdict("resource.list.all(x, x == 'a')", view), "maybe");
  EXPECT_EQ(verdict("resource.list.exists(x, false)", view), "pass");
  EXPECT_EQ(verdict("resource.list.all(x, true)", view), "fail");
  // Two places may see two elements.
  EXPECT_EQ(verdict("resource.list.exists(x, x == 'a') && resource.list.exists(x, x == 'b')", view), "maybe");
  EXPECT_EQ(verdict("['a', 'b'].all(y, resource.list.exists(x, x == y))", view), "maybe");
  EXPECT_EQ(verdict("resource.list.exists(x, resource.list.exists(y, x != y))", view), "maybe");
  EXPECT_EQ(verdict("resource.list.filter(x, x == 'a').size() == 2", view), "maybe");
  EXPECT_EQ(verdict("resource.list.map(x, 1).exists(y, true)", view), "maybe");
  EXPECT_EQ(verdict("'a' in resource.list && !('a' in resource.list)", view), "pass");
  EXPECT_EQ(verdict("size(resource.list) < 0", view), "pass");
}

TEST_F(Unknowns, FunctionsSeeUnknownParts) {
  model::Value view = object({{"parts", list({str("a"), input("R#var.p", model::string_type())})}});
  EXPECT_EQ(verdict("resource.parts.join('-') == 'a-b'", view), "maybe");
  EXPECT_EQ(verdict("resource.parts.join('-') == 'a-b' && resource.parts.join('-') == 'a-c'", view), "pass");
  EXPECT_EQ(verdict("size(resource.parts) == 2 && 'a' in resource.parts", view), "fail");
}

TEST_F(Unknowns, PolicyTextWithHoles) {
  model::Unknown text;
  text.id = core::Symbol("R#policy");
  text.type = model::string_type();
  text.not_null = true;
  model::Value statement = object({{"Effect", str("Allow")}, {"Action", str("*")}, {"Resource", input("R#var.arn")}});
  text.structure = arena().make<model::Value>(object({{"Statement", list({statement})}}));
  model::Value view = object({{"policy", model::unknown_value(text, arena())}, {"blind", input("R#var.blind")}});
  EXPECT_EQ(verdict("policy_statements(resource.policy).exists(s, s.effect == 'Allow' && '*' in s.actions)", view), "fail");
  EXPECT_EQ(verdict("policy_statements(resource.policy).exists(s, '*' in s.resources)", view), "maybe");
  EXPECT_EQ(verdict("policy_statements(resource.blind).exists(s, s.effect == 'Allow')", view), "maybe");
}

// Twenty statements that may or may not be there would be a million worlds if each were asked for.
TEST_F(Unknowns, WhetherAnElementIsThereIsAskedOnlyIfItDecides) {
  std::vector<model::Value> statements, texts;
  for (int i = 0; i < 20; ++i) {
    model::Guard guard = atom("R#var.on" + std::to_string(i));
    statements.push_back(model::with_guard(
        object({{"Effect", str("Allow")}, {"Action", str("s3:GetObject")}, {"Resource", str("*")}}), guard));
    texts.push_back(model::with_guard(str("10.0.0.0/8"), guard));
  }
  model::Value harmless = object({{"policy", object({{"Statement", list(statements)}})}, {"cidrs", list(texts)}});
  EXPECT_EQ(verdict("policy_statements(resource.policy).exists(s, s.effect == 'Allow' && '*' in s.actions)", harmless), "pass");
  EXPECT_EQ(runs, 1u);
  EXPECT_EQ(verdict("policy_statements(resource.policy).all(s, s.resources == ['*'])", harmless), "fail");
  EXPECT_EQ(runs, 1u);
  EXPECT_EQ(verdict("'0.0.0.0/0' in resource.cidrs || is_open_cidr(resource.cidrs)", harmless), "pass");
  EXPECT_EQ(runs, 1u);

  statements[7] = model::with_guard(
      object({{"Effect", str("Allow")}, {"Action", str("*")}, {"Resource", str("*")}}), statements[7].guard);
  texts[3] = model::with_guard(str("0.0.0.0/0"), texts[3].guard);
  model::Value open = object({{"policy", object({{"Statement", list(statements)}})}, {"cidrs", list(texts)}});
  EXPECT_EQ(verdict("policy_statements(resource.policy).exists(s, s.effect == 'Allow' && '*' in s.actions)", open), "maybe");
  EXPECT_EQ(runs, 2u);
  EXPECT_EQ(reads.back(), "policy.Statement[7].Action");
  EXPECT_EQ(verdict("'0.0.0.0/0' in resource.cidrs", open), "maybe");
  EXPECT_EQ(verdict("is_open_cidr(resource.cidrs)", open), "maybe");
  EXPECT_EQ(runs, 2u);
  // The number of statements does depend on each.
  EXPECT_EQ(verdict("size(policy_statements(resource.policy)) == 20", open), "capped");
}

}  // namespace
}  // namespace assay::rules::cel
