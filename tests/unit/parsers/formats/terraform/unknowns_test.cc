// What is known although an input is not: everything that Terraform knows (measured with `terraform
// plan`), and what follows from finite sets and refinements besides.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

struct Case {
  const char* expression;  // U: an id that is known only after apply
  const char* result;
};

std::string evaluated(std::string expression, const Loaded& in) {
  for (size_t at = 0; (at = expression.find('U', at)) != std::string::npos;) {
    expression.replace(at, 1, "terraform_data.u.id");
    at += 19;
  }
  model::Root root;
  ExpressionResult result = evaluate_expression(expression, "", in.context, root);
  return result.is_error ? "error: " + result.error : model::to_text(result.value, &root.guards);
}

const char* const kConfiguration = R"(
resource "terraform_data" "u" {}
resource "terraform_data" "c" { count = 3 }
)";

constexpr Case kKnownToTerraform[] = {
    {R"~(length([U, "x"]))~", "2"},
    {R"~(contains([U, "x"], "x"))~", "true"},
    {R"~([for x in [U, "k"] : x][1])~", R"("k")"},
    {R"~(merge({ a = 1 }, { b = U }).a)~", "1"},
    {R"~(keys({ a = U }))~", R"(["a"])"},
    {R"~(values({ a = "v", b = U })[0])~", R"("v")"},
    {R"~(slice(["a", U, "c"], 0, 1))~", R"(["a"])"},
    {R"~(element([1, U], 0))~", "1"},
    {R"~(flatten([[U], ["x"]])[1])~", R"("x")"},
    {R"~(length(flatten([[U], ["x"]])))~", "2"},
    {R"~(coalesce(null, "y", U))~", R"("y")"},
    {R"~(try(U.foo, "d"))~", R"("d")"},
    {R"~(can(U.foo))~", "false"},
    {R"~(U == null)~", "false"},
    {R"~((U == "x") ? 1 : 1)~", "1"},
    {R"~(((U == "x") ? 1 : 2) > 3)~", "false"},
    {R"~(startswith("ab-${U}", "ab-"))~", "true"},
    {R"~(startswith(format("ab-%s", U), "ab-"))~", "true"},
    {R"~(length(terraform_data.c))~", "3"},
    {R"~(length(terraform_data.c[*].id))~", "3"},
    {R"~(keys({ for x in ["a", "b"] : x => U }))~", R"(["a","b"])"},
    {R"~(index(["a", U], "a"))~", "0"},
    {R"~(length(sort([U, "a"])))~", "2"},
    {R"~(concat([U], ["a"])[1])~", R"("a")"},
    {R"~(reverse([U, "a"])[0])~", R"("a")"},
    {R"~(tomap({ a = U, b = "x" })["b"])~", R"("x")"},
    {R"~(anytrue([U == "x", true]))~", "true"},
    {R"~([for x in [U] : "k" if x != null])~", R"(["k"])"},
    {R"~("%{if U == null}a%{else}b%{endif}")~", R"("b")"},
    {R"~(U != null ? "kms" : "aes")~", R"("kms")"},
};

TEST(Unknowns, WhatTerraformKnows) {
  Loaded in(kConfiguration);
  for (const Case& row : kKnownToTerraform) EXPECT_EQ(evaluated(row.expression, in), row.result) << row.expression;
}

constexpr Case kKnownBesides[] = {
    {R"~(false && (U == "x"))~", "false"},
    {R"~((U == "x") && false)~", "false"},
    {R"~(true || (U == "x"))~", "true"},
    {R"~(((U == "x") ? { a = 1, b = 2 } : { a = 1, b = 3 }).a)~", "1"},
    {R"~(startswith((U == "x") ? "prod-a" : "prod-b", "prod-"))~", "true"},
    {R"~(jsondecode(jsonencode({ a = U, b = 1 })).b)~", "1"},
    {R"~(startswith(join(",", ["a", U]), "a,"))~", "true"},
    {R"~(endswith(join(",", ["a", U, "z"]), ",z"))~", "true"},
    {R"~("a${U}" == "b")~", "false"},
    {R"~("${U}:*" == "abc")~", "false"},
    {R"~(endswith("${U}:*", ":*"))~", "true"},
    {R"~(endswith("${U}:*", "-x"))~", "false"},
    {R"~(endswith(format("%s/objects", U), "/objects"))~", "true"},
    {R"~(strcontains("${U}/*", "/*"))~", "true"},
    {R"~(startswith(upper("a-${U}"), "A-"))~", "true"},
    {R"~(substr("abc-${U}", 0, 2))~", R"("ab")"},
    {R"~(startswith(trimprefix("ab-cd-${U}", "ab-"), "cd-"))~", "true"},
    {R"~(lookup({ a = 1, b = 2 }, U, 2))~", "<terraform_data.u.id = \"a\": 1 | terraform_data.u.id != \"a\": 2>"},
    {R"~(index([U, "a"], "a"))~", "<terraform_data.u.id = \"a\": 0 | terraform_data.u.id != \"a\": 1>"},
    {R"~(alltrue([U == "x", false]))~", "false"},
    {R"~(length(U) >= 0)~", "true"},
    {R"~(U == U)~", "true"},
    {R"~("${U}-x" == "${U}-x")~", "true"},
};

TEST(Unknowns, WhatFollowsBesides) {
  Loaded in(kConfiguration);
  for (const Case& row : kKnownBesides) EXPECT_EQ(evaluated(row.expression, in), row.result) << row.expression;
}

}  // namespace
}  // namespace assay::formats::terraform
