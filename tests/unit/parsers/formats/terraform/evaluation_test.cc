// Expressions in the light of what is not known: alternatives, guards, refinements, errors.
#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

// The value of one expression in a module that declares a few unknown inputs.
std::string value_of(const std::string& expression) {
  Loaded loaded({{"main.tf",
                  "variable \"b\" { type = bool }\n"
                  "variable \"s\" { type = string }\n"
                  "variable \"n\" { type = number }\n"
                  "variable \"l\" { type = list(string) }\n"
                  "variable \"any\" {}\n"
                  "resource \"aws_kms_key\" \"k\" {}\n"
                  "output \"x\" { value = " + expression + " }\n"}});
  return loaded.output("x") + (loaded.problems().empty() ? "" : " " + loaded.problems());
}

TEST(Evaluation, UnknownInputsKeepTheirIdentity) {
  EXPECT_EQ(value_of("var.s == var.s"), "true");
  EXPECT_EQ(value_of("var.any.x == var.any.x"), "true");
  EXPECT_EQ(value_of("var.n + 1 == var.n + 1"), "true");
  EXPECT_EQ(value_of("aws_kms_key.k.arn == null"), "false");
  EXPECT_EQ(value_of("aws_kms_key.k.arn != null ? \"kms\" : \"none\""), "\"kms\"");
  // So it is with a resource that nobody declared here: whoever refers to it means something that it has.
  EXPECT_EQ(value_of("aws_kms_key.elsewhere.arn == null").substr(0, 5), "false");
}

TEST(Evaluation, ConditionsOnInputsGiveAlternatives) {
  EXPECT_EQ(value_of("var.b ? 1 : 2"), "<var.b: 1 | not var.b: 2>");
  EXPECT_EQ(value_of("var.b ? 1 : 1"), "1");
  EXPECT_EQ(value_of("var.b && !var.b"), "false");
  EXPECT_EQ(value_of("var.b || !var.b"), "true");
  EXPECT_EQ(value_of("(var.s == \"a\") && (var.s == \"b\")"), "false");
  EXPECT_EQ(value_of("(var.b ? 1 : 2) + (var.b ? 10 : 20)"), "<var.b: 11 | not var.b: 22>");
  EXPECT_EQ(value_of("\"x-${var.b ? \"a\" : \"b\"}\""), "<var.b: \"x-a\" | not var.b: \"x-b\">");
  EXPECT_EQ(value_of("{ p = 1, q = 2 }[var.b ? \"p\" : \"q\"]"), "<var.b: 1 | not var.b: 2>");
  EXPECT_EQ(value_of("(var.b ? 1 : 2) > 3"), "false");
}

TEST(Evaluation, KnownSidesDecide) {
  EXPECT_EQ(value_of("false && var.b"), "false");
  EXPECT_EQ(value_of("true || var.b"), "true");
  EXPECT_EQ(value_of("var.b && false"), "false");
  EXPECT_EQ(value_of("var.b || true"), "true");
  EXPECT_EQ(value_of("false && nope.x"), "false");
}

TEST(Evaluation, ErrorsStayWithTheirAlternative) {
  EXPECT_EQ(value_of("try((var.b ? { a = 1 } : {}).a, 7)"), "<var.b: 1 | not var.b: 7>");
  EXPECT_EQ(value_of("can((var.b ? [1] : [])[0])"), "<var.b: true | not var.b: false>");
  // What does not evaluate is never deployed: the other alternative is the value.
  EXPECT_EQ(value_of("(var.b ? [1] : [])[0]"), "1");
  EXPECT_EQ(value_of("try(nope.x, \"d\")"), "\"d\"");
  EXPECT_EQ(value_of("try(True, 7)"), "7");
  EXPECT_EQ(value_of("try(aws_kms_key.k.arn.foo, \"d\")"), "\"d\"");
}

TEST(Evaluation, WhatIsWrongBesideAReferenceIsKept) {
  EXPECT_EQ(value_of("False").substr(0, 26), "false terraform-evaluation");
  EXPECT_NE(value_of("False").find("write false"), std::string::npos);
  // What stands beside a reference to nothing is known.
  EXPECT_EQ(value_of("{ a = 1, b = nope.x.id }.a").substr(0, 22), "1 terraform-evaluation");
}

TEST(Evaluation, TemplatesKnowTheirPrefix) {
  EXPECT_EQ(value_of("\"ab-${var.s}\" == \"cd\""), "false");
  EXPECT_EQ(value_of("\"ab-${var.s}\" == \"ab-${var.s}\""), "true");
}

TEST(Evaluation, ErrorsNameThePlaceAndTheFix) {
  Loaded loaded("variable \"name\" { default = \"x\" }\noutput \"x\" { value = var.nane }\n");
  ASSERT_EQ(loaded.root->problems.size(), 1u);
  EXPECT_EQ(loaded.root->problems[0].code, "terraform-evaluation");
  EXPECT_NE(loaded.root->problems[0].message.find("did you mean \"name\"?"), std::string::npos);
  EXPECT_EQ(loaded.sources.text(loaded.root->problems[0].span), "var.nane");
}

TEST(Evaluation, CyclesAreReportedWithTheirPath) {
  Loaded loaded("locals {\n  a = local.b\n  b = \"${local.c}!\"\n  c = local.a\n}\n");
  ASSERT_TRUE(loaded.has_problem("terraform-cycle"));
  EXPECT_NE(loaded.problems().find("local.a -> local.b -> local.c -> local.a"), std::string::npos)
      << loaded.problems();
  EXPECT_EQ(loaded.root->problems.size(), 1u);
}

TEST(Evaluation, DeepChainsEndInAProblem) {
  std::string text = "locals {\n  v0 = 1\n";
  for (int i = 1; i < 3000; ++i) {
    text += "  v" + std::to_string(i) + " = local.v" + std::to_string(i - 1) + "\n";
  }
  text += "}\noutput \"x\" { value = local.v2999 }\n";
  Loaded loaded({{"main.tf", text}});
  EXPECT_TRUE(loaded.root);
  Loaded reversed({{"main.tf", "output \"x\" { value = " + std::string(300, '(') + "1" + std::string(300, ')') + " }"}});
  EXPECT_EQ(reversed.output("x"), "1");
}

TEST(Evaluation, ValidationDeclaresTheDomain) {
  Loaded loaded(R"(
variable "env" {
  type = string
  validation {
    condition     = contains(["dev", "prod"], var.env)
    error_message = "no"
  }
}
output "x" { value = var.env == "dev" ? 1 : var.env == "prod" ? 2 : 3 }
output "y" { value = var.env == "stage" }
)");
  EXPECT_EQ(loaded.output("x").find("3"), std::string::npos) << loaded.output("x");
  EXPECT_EQ(loaded.output("y"), "false");
}

TEST(Evaluation, JsonTextWithHolesKeepsItsStructure) {
  Loaded loaded(R"(
resource "aws_s3_bucket" "b" {}
resource "aws_iam_policy" "p" {
  policy = <<EOF
{ "Statement": [ { "Effect": "Allow", "Action": "s3:*", "Resource": "${aws_s3_bucket.b.arn}/*" } ] }
EOF
}
)");
  const model::Value* policy = loaded.at("aws_iam_policy.p", "policy");
  ASSERT_TRUE(policy && policy->is_unknown());
  ASSERT_TRUE(policy->unknown().structure);
  const model::Value& structure = *policy->unknown().structure;
  const model::Value* action = model::at_path(structure, "Statement[0].Action");
  ASSERT_TRUE(action);
  EXPECT_EQ(action->text(), "s3:*");
  const model::Value* resource = model::at_path(structure, "Statement[0].Resource");
  ASSERT_TRUE(resource && resource->is_unknown());
  ASSERT_EQ(resource->unknown().causes().size(), 1u);
  EXPECT_EQ(resource->unknown().causes()[0].text(), "aws_s3_bucket.b.arn");
}

TEST(Evaluation, FilteredElementsAreGuarded) {
  Loaded loaded("variable \"b\" { type = bool }\n"
                "locals { l = [for x in [1, 2, 3] : x if x != 2 || var.b] }\n"
                "output \"second\" { value = local.l[1] }\n");
  EXPECT_EQ(loaded.output("second"), "<var.b: 2 | not var.b: 3>");
}

TEST(Evaluation, OriginsLeadToTheLiteral) {
  Loaded loaded({{"main.tf",
                  "variable \"acl\" { default = \"public-read\" }\n"
                  "locals { acl = var.acl }\n"
                  "module \"m\" {\n  source = \"./m\"\n  acl    = local.acl\n}\n"},
                 {"m/main.tf",
                  "variable \"acl\" {}\n"
                  "resource \"aws_s3_bucket\" \"b\" { acl = var.acl }\n"}});
  const model::Value* acl = loaded.at("module.m.aws_s3_bucket.b", "acl");
  ASSERT_TRUE(acl);
  EXPECT_EQ(acl->text(), "public-read");
  const model::Origin* literal = model::deciding_literal(acl->origin);
  ASSERT_TRUE(literal);
  EXPECT_EQ(loaded.sources.text(literal->span), "\"public-read\"");
  EXPECT_EQ(loaded.sources.path(literal->span.file), "main.tf");
  EXPECT_EQ(loaded.sources.text(acl->span), "var.acl");
  std::vector<const model::Origin*> hops = model::chain(acl->origin);
  ASSERT_GE(hops.size(), 4u);
  EXPECT_EQ(hops.front()->kind, model::OriginKind::kVariableDefault);
  EXPECT_EQ(hops.back()->kind, model::OriginKind::kReference);
}

}  // namespace
}  // namespace assay::formats::terraform
