// Files, roots, inputs and what else a directory says: overrides, JSON syntax, providers, coverage.
#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

TEST(Modules, RolesByName) {
  EXPECT_EQ(role_of("a/main.tf"), FileRole::kConfiguration);
  EXPECT_EQ(role_of("main.tofu.json"), FileRole::kConfiguration);
  EXPECT_EQ(role_of("x.auto.tfvars.json"), FileRole::kVariables);
  EXPECT_EQ(role_of(".hidden.tf"), FileRole::kNone);
  EXPECT_EQ(role_of("main.tf~"), FileRole::kNone);
  EXPECT_EQ(role_of("terragrunt.hcl"), FileRole::kNone);
  EXPECT_EQ(join_path("a/b", "../../c/./d"), "c/d");
  EXPECT_EQ(join_path("a", "../../x"), "../x");
  EXPECT_EQ(join_path("/repo", "a"), "/repo/a");
}

TEST(Modules, OverridesAndShadows) {
  Loaded loaded({{"main.tf",
                  "locals { a = 1 }\n"
                  "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n  bucket = \"b\"\n"
                  "  rule { n = 1 }\n  rule { n = 2 }\n}\n"},
                 {"override.tf",
                  "locals { a = 2 }\nresource \"aws_s3_bucket\" \"b\" {\n  acl = \"private\"\n  rule { n = 3 }\n}\n"},
                 {"x.tf", "resource \"aws_sqs_queue\" \"from_tf\" {}\n"},
                 {"x.tofu", "resource \"aws_sqs_queue\" \"from_tofu\" { delay_seconds = local.a }\n"}});
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "acl"), "\"private\"");
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "bucket"), "\"b\"");
  EXPECT_EQ(loaded.at("aws_s3_bucket.b", "rule")->size, 1u);
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "rule[0].n"), "3");
  EXPECT_FALSE(loaded.find("aws_sqs_queue.from_tf"));
  EXPECT_EQ(loaded.text("aws_sqs_queue.from_tofu", "delay_seconds"), "2");
}

TEST(Modules, InputsByPrecedence) {
  LoadOptions options;
  options.environment["TF_VAR_a"] = "env";
  options.environment["TF_VAR_env"] = "x=y";
  options.variables = {{"cli", "[\"p\"]"}, {"raw", "[\"p\"]"}};
  Loaded loaded({{"main.tf",
                  "variable \"a\" { default = 1 }\nvariable \"env\" {}\nvariable \"raw\" {}\n"
                  "variable \"cli\" { type = list(string) }\n"
                  "variable \"typed\" { type = object({ n = number, o = optional(string, \"d\") }) }\n"
                  "variable \"kept\" {\n  default = \"k\"\n  nullable = false\n}\n"
                  "output \"a\" { value = var.a }\noutput \"env\" { value = var.env }\n"
                  "output \"raw\" { value = var.raw }\noutput \"cli\" { value = var.cli[0] }\n"
                  "output \"typed\" { value = var.typed }\noutput \"kept\" { value = var.kept }\n"},
                 {"terraform.tfvars", "a = \"file\"\ntyped = { n = \"7\", extra = 1 }\nkept = null\n"},
                 {"b.auto.tfvars", "a = \"auto\"\n"},
                 {"other.tfvars", "a = \"never\"\n"}},
                options);
  EXPECT_EQ(loaded.output("a"), "\"auto\"");
  EXPECT_EQ(loaded.output("env"), "\"x=y\"");
  EXPECT_EQ(loaded.output("cli"), "\"p\"");
  EXPECT_EQ(loaded.output("raw"), "\"[\\\"p\\\"]\"");
  EXPECT_EQ(loaded.output("typed"), "{\"n\":7,\"o\":\"d\"}");
  EXPECT_EQ(loaded.output("kept"), "\"k\"");
  bool skipped = false;
  for (const model::Coverage& row : loaded.root->coverage) {
    skipped = skipped || (row.path == "other.tfvars" && row.state == model::Coverage::State::kSkipped);
  }
  EXPECT_TRUE(skipped);
}

TEST(Modules, JsonSyntaxReadsLikeNative) {
  Loaded loaded(Loaded::Files{{"main.tf.json", R"({
  "variable": {"name": {"type": "string", "default": "js"}},
  "locals": {"x": "${var.name}-1", "lit": "$${var.name}"},
  "resource": {"aws_s3_bucket": {"b": {
    "bucket": "${local.x}", "tags": {"lit": "${local.lit}"},
    "versioning": {"enabled": true},
    "dynamic": {"rule": {"for_each": [1, 2], "content": {"n": "${rule.value}"}}},
    "lifecycle": {"ignore_changes": ["tags"]}}}}
})"}});
  EXPECT_EQ(loaded.problems(), "");
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "bucket"), "\"js-1\"");
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "tags.lit"), "\"${var.name}\"");
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "versioning[0].enabled"), "true");
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "rule[1].n"), "2");
  EXPECT_EQ(loaded.text("aws_s3_bucket.b", "lifecycle[0].ignore_changes[0]"), "\"tags\"");
  const model::Value* bucket = loaded.at("aws_s3_bucket.b", "bucket");
  EXPECT_EQ(loaded.sources.text(bucket->span), "\"${local.x}\"");
}

TEST(Modules, DefaultTagsReachResources) {
  Loaded loaded(R"(
provider "aws" {
  default_tags { tags = { Owner = "ops", Env = "dev" } }
}
provider "aws" { alias = "bare" }
resource "aws_sqs_queue" "a" { tags = { Env = "prod" } }
resource "aws_sqs_queue" "b" { provider = aws.bare }
)");
  EXPECT_EQ(loaded.text("aws_sqs_queue.a", "tags_all.Owner"), "\"ops\"");
  EXPECT_EQ(loaded.text("aws_sqs_queue.a", "tags_all.Env"), "\"prod\"");
  EXPECT_EQ(loaded.text("aws_sqs_queue.b", "tags_all"), "absent");
  const model::Resource* provider = loaded.find("provider.aws.bare");
  ASSERT_TRUE(provider);
  EXPECT_EQ(provider->kind, "provider");
  ASSERT_EQ(provider->views.size(), 1u);
  EXPECT_EQ(provider->views[0].type.text(), "terraform/provider");
}

TEST(Modules, PolicyDocumentsAreExact) {
  Loaded loaded(R"(
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:Get*", "s3:Put*"]
    resources = ["arn:aws:s3:::&{aws:username}"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "open" {
  statement {
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.b.arn]
  }
}
resource "aws_s3_bucket" "b" {}
resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.d.minified_json }
resource "aws_iam_policy" "q" { policy = data.aws_iam_policy_document.open.json }
)");
  EXPECT_EQ(loaded.at("aws_iam_policy.p", "policy")->text(),
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Put*","s3:Get*"],)"
            R"("Resource":"arn:aws:s3:::${aws:username}","Principal":{"AWS":"*"}}]})");
  const model::Value* open = loaded.at("aws_iam_policy.q", "policy");
  ASSERT_TRUE(open && open->is_unknown() && open->unknown().structure);
  EXPECT_EQ(model::at_path(*open->unknown().structure, "Statement[0].Action")->text(), "s3:*");
}

TEST(Modules, SensitiveValuesStayMarked) {
  Loaded loaded("variable \"p\" {\n  default = \"x\"\n  sensitive = true\n}\n"
                "resource \"aws_db_instance\" \"d\" { url = \"db://${var.p}\" }\n");
  EXPECT_TRUE(loaded.at("aws_db_instance.d", "url")->has_mark(model::kSensitive));
}

TEST(Modules, RootsAndCoverage) {
  Loaded loaded({{"app/main.tf", "module \"net\" { source = \"../net\" }\n"},
                 {"net/main.tf", "resource \"aws_vpc\" \"v\" {}\n"},
                 {"lone/main.tf", "resource \"aws_vpc\" \"v\" {}\n"},
                 {"net/x.tfvars", "a = 1\n"}});
  ASSERT_EQ(loaded.roots.size(), 2u);
  EXPECT_EQ(loaded.roots[0].path, "app");
  EXPECT_EQ(loaded.roots[1].path, "lone");
  EXPECT_EQ(loaded.roots[0].files.size(), 3u);
  EXPECT_EQ(terraform_format().dependencies(loaded.files[0]), std::vector<std::string>{"net"});
  EXPECT_EQ(loaded.root->coverage.size(), 4u);
  EXPECT_EQ(loaded.addresses(), "module.net.aws_vpc.v");
}

TEST(Modules, FetchedModulesAreFoundThroughTheManifest) {
  Loaded loaded({{"main.tf", "module \"net\" {\n  source = \"org/net/aws\"\n  name = \"x\"\n}\n"},
                 {".terraform/modules/modules.json",
                  R"({"Modules":[{"Key":"","Source":"","Dir":"."},
                     {"Key":"net","Source":"org/net/aws","Dir":".terraform/modules/net/sub"}]})"},
                 {".terraform/modules/net/sub/main.tf",
                  "variable \"name\" {}\nresource \"aws_vpc\" \"v\" { n = var.name }\n"}});
  ASSERT_EQ(loaded.roots.size(), 1u);
  EXPECT_EQ(loaded.problems(), "");
  EXPECT_EQ(loaded.text("module.net.aws_vpc.v", "n"), "\"x\"");
  EXPECT_EQ(loaded.root->coverage.size(), 4u);
}

TEST(Modules, MistakesAreReportedAndTheRestIsRead) {
  Loaded loaded("resource \"aws_vpc\" \"a\" {}\nresource \"aws_vpc\" \"a\" {}\nresource \"aws_vpc\" {}\n"
                "locals {\n  x = 1\n}\nlocals {\n  x = 2\n}\n"
                "resource \"aws_vpc\" \"ok\" { cidr_block = \"10.0.0.0/8\" }\n");
  EXPECT_TRUE(loaded.has_problem("terraform-duplicate"));
  EXPECT_TRUE(loaded.has_problem("terraform-missing-label"));
  EXPECT_TRUE(loaded.find("aws_vpc.ok"));
}

}  // namespace
}  // namespace assay::formats::terraform
