// The language around expressions: override files, OpenTofu's files, inputs, workspaces, moves,
// validations.
#include <gtest/gtest.h>

#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

TEST(Overrides, ReplaceAttributesBlocksAndLocals) {
  Loaded in({{"main.tf", R"(
variable "v" { default = "one" }
locals {
  a = 1
  b = 2
}
resource "t" "b" {
  acl   = "public-read"
  local = "${local.a}${local.b}"
  v     = var.v
  rule { port = 22 }
  rule { port = 23 }
  dynamic "rule" {
    for_each = [1]
    content { port = 24 }
  }
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags]
  }
  depends_on = [t.c]
}
resource "t" "c" {}
)"},
             {"a_override.tf", "variable \"v\" { default = \"two\" }\nlocals { b = 3 }\nresource \"t\" \"b\" { acl = \"x\" }\n"},
             {"b_override.tf", R"(
variable "v" { default = "three" }
resource "t" "b" {
  acl = "private"
  rule { port = 443 }
  lifecycle { prevent_destroy = false }
  depends_on = []
}
resource "t" "nothing" {}
)"}});
  EXPECT_EQ(in.text("t.b", "acl"), "\"private\"");
  EXPECT_EQ(in.text("t.b", "local"), "\"13\"");
  EXPECT_EQ(in.text("t.b", "v"), "\"three\"");
  EXPECT_EQ(in.text("t.b", "rule"), "[{\"port\":443}]");
  EXPECT_EQ(in.text("t.b", "lifecycle[0].prevent_destroy"), "false");
  EXPECT_EQ(in.problems(),
            "terraform-override: depends_on cannot be overridden; what the overridden block says counts\n"
            "terraform-override: there is nothing for this to override; put it into a file that is not an "
            "override file\n");
}

TEST(OpenTofu, FilesStandInAndSourcesAreComputed) {
  Loaded in({{"x.tf", "resource \"t\" \"tf\" {}"},
             {"x.tofu", R"(
variable "p" { default = "./m" }
locals { src = "m" }
module "a" { source = var.p }
module "b" { source = "./${local.src}" }
module "c" { source = "${path.module}/m" }
resource "t" "off" {
  lifecycle { enabled = false }
}
resource "t" "on" {
  lifecycle { enabled = true }
}
)"},
             {"m/main.tofu", "resource \"t\" \"inner\" {}"}});
  ASSERT_EQ(in.roots.size(), 1u);
  EXPECT_EQ(in.addresses(), "t.on module.a.t.inner module.b.t.inner module.c.t.inner");
  bool skipped = false;
  for (const model::Coverage& row : in.root->coverage) {
    if (row.path == "x.tf") skipped = row.state == model::Coverage::State::kSkipped;
  }
  EXPECT_TRUE(skipped);
}

TEST(Inputs, NamesThatNoVariableHas) {
  LoadOptions options;
  options.variables = {{"regon", "x"}};
  options.environment = {{"TF_VAR_other", "x"}};
  Loaded in({{"main.tf", "variable \"region\" {}\n"}, {"terraform.tfvars", "zone = 1\n"}}, options);
  EXPECT_EQ(in.problems(),
            "terraform-undeclared-variable: a value for \"zone\", but no variable of that name is declared\n"
            "terraform-undeclared-variable: --var regon: no variable of that name is declared in .; did you mean "
            "\"region\"?\n");
}

TEST(Inputs, ModulesTakeTheirVariablesOnly) {
  Loaded in({{"main.tf", "module \"m\" {\n  source = \"./m\"\n  colour = 1\n}\n"},
             {"m/main.tf", "variable \"color\" { default = 1 }\n"}});
  EXPECT_EQ(in.problems(),
            "terraform-unsupported-argument: module \"m\" has no variable \"colour\"; did you mean \"color\"?\n");
}

TEST(Workspace, IsTheSelectedOne) {
  const char* text = "resource \"t\" \"r\" { w = terraform.workspace }";
  EXPECT_EQ(Loaded(text).text("t.r", "w"), "\"default\"");
  EXPECT_EQ(Loaded({{"main.tf", text}, {".terraform/environment", "prod"}}).text("t.r", "w"), "\"prod\"");
  LoadOptions options;
  options.environment = {{"TF_WORKSPACE", "stage"}};
  EXPECT_EQ(Loaded({{"main.tf", text}, {".terraform/environment", "prod"}}, options).text("t.r", "w"), "\"stage\"");
}

TEST(Moves, KeepTheFirstAddress) {
  Loaded in({{"main.tf", R"(
moved {
  from = t.a
  to   = t.b
}
moved {
  from = t.b
  to   = module.m.t.c[0]
}
moved {
  from = module.old
  to   = module.n
}
moved {
  from = t.x
  to   = t.y
}
moved {
  from = t.y
  to   = t.x
}
module "m" { source = "./m" }
module "n" { source = "./m" }
resource "t" "x" {}
resource "t" "still" {}
)"},
             {"m/main.tf", "resource \"t\" \"c\" { count = 1 }\nresource \"t\" \"d\" {}\nmoved {\n  from = t.z\n  to = t.d\n}\n"}});
  EXPECT_EQ(in.find("module.m.t.c[0]")->stable_address, "t.a");
  EXPECT_TRUE(in.find("module.m.t.c[0]")->moved);
  EXPECT_EQ(in.find("module.n.t.c[0]")->stable_address, "module.old.t.c");
  EXPECT_EQ(in.find("module.n.t.d")->stable_address, "module.old.t.z");
  EXPECT_EQ(in.find("module.m.t.d")->stable_address, "module.m.t.z");
  EXPECT_EQ(in.find("t.still")->stable_address, "t.still");
  EXPECT_FALSE(in.find("t.still")->moved);
  EXPECT_FALSE(in.find("t.x")->moved);
}

TEST(Validations, RefineWhatIsNotKnown) {
  Loaded in(R"(
variable "env" {
  type = string
  validation {
    condition     = var.env == "dev" || contains(["prod"], var.env)
    error_message = "x"
  }
}
variable "n" {
  type = number
  validation {
    condition     = var.n > 3 && 10 >= var.n
    error_message = "x"
  }
}
variable "name" {
  type = string
  validation {
    condition     = can(regex("^prod-[a-z]+", var.name)) && length(var.name) <= 20
    error_message = "x"
  }
}
variable "list" {
  type = list(string)
  validation {
    condition     = length(var.list) > 0
    error_message = "x"
  }
}
variable "some" {
  validation {
    condition     = var.some != null
    error_message = "x"
  }
}
variable "suffix" {
  type = string
  validation {
    condition     = endswith(var.suffix, ".internal")
    error_message = "x"
  }
}
variable "maybe_empty" {
  type     = string
  nullable = false
}
resource "t" "r" {
  a = var.env == "stage"
  b = var.n > 2
  c = var.n == 11
  d = startswith(var.name, "prod-")
  e = length(var.name) > 20
  f = length(var.list) == 0
  g = var.some == null
  h = endswith(var.suffix, ".internal")
  i = var.suffix == "example.com"
  j = var.maybe_empty == ""
  k = var.n == 5
}
)");
  EXPECT_EQ(in.text("t.r", "a"), "false");
  EXPECT_EQ(in.text("t.r", "b"), "true");
  EXPECT_EQ(in.text("t.r", "c"), "false");
  EXPECT_EQ(in.text("t.r", "d"), "true");
  EXPECT_EQ(in.text("t.r", "e"), "false");
  EXPECT_EQ(in.text("t.r", "f"), "false");
  EXPECT_EQ(in.text("t.r", "g"), "false");
  EXPECT_EQ(in.text("t.r", "h"), "true");
  EXPECT_EQ(in.text("t.r", "i"), "false");
  EXPECT_NE(in.text("t.r", "j"), "false");
  EXPECT_NE(in.text("t.r", "j"), "true");
  EXPECT_NE(in.text("t.r", "k"), "true");
  EXPECT_EQ(in.problems(), "");
}

TEST(Validations, WholeConditionsAreAssumptions) {
  Loaded in(R"(
variable "a" { type = bool }
variable "b" {
  type = bool
  validation {
    condition     = !var.a || var.b
    error_message = "b is needed with a"
  }
}
variable "c" { type = bool }
resource "t" "r" {
  x = var.a ? (var.b ? "both" : "impossible") : "none"
  y = var.c ? "open" : "closed"
  lifecycle {
    precondition {
      condition     = !var.c
      error_message = "x"
    }
  }
}
resource "t" "never" { count = var.c ? 1 : 0 }
)");
  EXPECT_EQ(in.text("t.r", "x"), "<var.a: \"both\" | not var.a: \"none\">");
  EXPECT_EQ(in.text("t.r", "y"), "\"closed\"");
}

TEST(Validations, AValueThatBreaksOneIsANote) {
  Loaded in({{"main.tf", R"(
variable "env" {
  type = string
  validation {
    condition     = contains(["dev", "prod"], var.env)
    error_message = "env must be dev or prod, not ${var.env}"
  }
}
variable "secret" {
  type      = string
  sensitive = true
  default   = "short"
  validation {
    condition     = length(var.secret) > 10
    error_message = "too short: ${var.secret}"
  }
}
resource "t" "r" { e = var.env }
)"},
             {"terraform.tfvars", "env = \"test\"\n"}});
  EXPECT_EQ(in.problems(),
            "terraform-validation: var.secret does not pass its validation\n"
            "terraform-validation: var.env does not pass its validation: env must be dev or prod, not test\n");
  EXPECT_EQ(in.sources.path(in.root->problems[1].span.file), "terraform.tfvars");
  EXPECT_EQ(in.text("t.r", "e"), "\"test\"");
}

TEST(Validations, OfModulesThatMayNotExistDemandNothingElsewhere) {
  Loaded in({{"main.tf", R"(
variable "on" { type = bool }
variable "p" { type = bool }
module "m" {
  source = "./m"
  count  = var.on ? 1 : 0
  p      = var.p
}
resource "t" "r" { x = var.p ? "yes" : "no" }
)"},
             {"m/main.tf", R"(
variable "p" {
  validation {
    condition     = var.p
    error_message = "x"
  }
}
resource "t" "inner" { y = var.p ? "yes" : "no" }
)"}});
  EXPECT_EQ(in.text("t.r", "x"), "<var.p: \"yes\" | not var.p: \"no\">");
  EXPECT_EQ(in.text("module.m[0].t.inner", "y"), "\"yes\"");
}

TEST(Mistakes, AreSaidWhereTheyAreAndTheRestIsEvaluated) {
  Loaded in(R"(
resource "t" "missing_file" {
  text = file("${path.module}/gone.txt")
  rest = "known"
}
resource "t" "outside" {
  text = file("../../etc/passwd")
  rest = "known"
}
resource "t" "template" {
  text = templatefile("gone.tftpl", {})
  rest = "known"
}
resource "t" "keys" {
  for_each = { a = 1, b = "x" }
  rest     = each.key
}
resource "t" "bad_keys" {
  for_each = "abc"
  rest     = "known"
}
locals {
  a = local.b
  b = local.a
}
variable "n" {
  type    = number
  default = "many"
}
resource "t" "rest" {
  cycle = local.a
  n     = var.n
  rest  = "known"
}
)");
  EXPECT_TRUE(in.has_problem("terraform-file-not-found"));
  EXPECT_TRUE(in.has_problem("terraform-file-unread"));
  EXPECT_EQ(in.problems().find("\"gone.txt\" is not read"), std::string::npos);
  EXPECT_TRUE(in.has_problem("terraform-cycle"));
  EXPECT_NE(in.problems().find("local.a -> local.b -> local.a"), std::string::npos) << in.problems();
  EXPECT_NE(in.problems().find("for_each must be a map or a set of strings"), std::string::npos);
  EXPECT_NE(in.problems().find("a number is required"), std::string::npos) << in.problems();
  for (const char* name : {"missing_file", "outside", "template", "rest"}) {
    EXPECT_EQ(in.text(std::string("t.") + name, "rest"), "\"known\"") << name;
  }
  EXPECT_EQ(in.text("t.keys[\"b\"]", "rest"), "\"b\"");
}

TEST(PartlyKnownMaps, KeepWhatIsCertain) {
  Loaded in(R"(
variable "extra" { type = map(string) }
locals {
  last  = merge(var.extra, { owner = "me", stage = "prod" })
  first = merge({ owner = "me" }, var.extra)
}
resource "t" "r" {
  owner = local.last.owner
  stage = local.last["stage"]
  other = local.last["other"]
  open  = local.first["owner"]
  tags  = local.last
}
)");
  EXPECT_EQ(in.text("t.r", "owner"), "\"me\"");
  EXPECT_EQ(in.text("t.r", "stage"), "\"prod\"");
  EXPECT_TRUE(in.at("t.r", "other")->is_unknown());
  EXPECT_TRUE(in.at("t.r", "open")->is_unknown());
  EXPECT_TRUE(in.at("t.r", "tags")->is_unknown());
}

}  // namespace
}  // namespace assay::formats::terraform
