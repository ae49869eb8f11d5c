#include "parsers/formats/terraform/schema/provider_facts.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

std::string type_text(FactKind kind, std::string_view type, std::string_view attribute) {
  core::Arena arena;
  auto facts = provider_facts(kind, type).attribute(attribute);
  return facts ? model::to_text(fact_type(facts->type, arena)) : "none";
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

TEST(ProviderFacts, KnowAttributesOfEveryProvider) {
  EXPECT_EQ(type_text(FactKind::kResource, "aws_s3_bucket", "bucket"), "string");
  EXPECT_EQ(type_text(FactKind::kResource, "aws_s3_bucket", "tags"), "map(string)");
  EXPECT_EQ(type_text(FactKind::kResource, "aws_instance", "vpc_security_group_ids"), "set(string)");
  EXPECT_EQ(type_text(FactKind::kResource, "aws_instance", "cpu_core_count"), "none");  // gone in 6.x
  EXPECT_EQ(type_text(FactKind::kResource, "azurerm_storage_account", "https_traffic_only_enabled"), "bool");
  EXPECT_EQ(type_text(FactKind::kResource, "google_compute_firewall", "source_ranges"), "set(string)");
  EXPECT_EQ(type_text(FactKind::kResource, "kubernetes_secret", "data"), "map(string)");
  EXPECT_EQ(type_text(FactKind::kData, "aws_vpc", "cidr_block"), "string");
  EXPECT_EQ(type_text(FactKind::kProvider, "aws", "region"), "string");
  EXPECT_EQ(type_text(FactKind::kResource, "no_such_type", "id"), "none");
  EXPECT_FALSE(provider_facts(FactKind::kResource, ""));
}

TEST(ProviderFacts, TellComputedRequiredSensitiveAndWriteOnly) {
  BodyFacts bucket = provider_facts(FactKind::kResource, "aws_s3_bucket");
  EXPECT_TRUE(bucket.attribute("arn")->computed);
  EXPECT_TRUE(bucket.attribute("id")->computed);
  EXPECT_FALSE(bucket.attribute("bucket")->computed);
  BodyFacts database = provider_facts(FactKind::kResource, "aws_db_instance");
  EXPECT_TRUE(database.attribute("password")->sensitive);
  EXPECT_FALSE(database.attribute("password")->write_only);
  EXPECT_TRUE(database.attribute("password_wo")->write_only);
  EXPECT_FALSE(database.attribute("username")->sensitive);
  EXPECT_TRUE(database.attribute("instance_class")->required);
  // Named by a path: inside blocks.
  auto user = provider_facts(FactKind::kResource, "aws_mq_broker").block("user");
  ASSERT_TRUE(user);
  EXPECT_TRUE(user->body.attribute("password")->sensitive);
  EXPECT_FALSE(user->body.attribute("username")->sensitive);
  EXPECT_TRUE(provider_facts(FactKind::kResource, "azurerm_mssql_server")
                  .attribute("administrator_login_password")
                  ->sensitive);
}

TEST(ProviderFacts, TellBlocksAndTheirNesting) {
  BodyFacts group = provider_facts(FactKind::kResource, "aws_security_group");
  auto ingress = group.block("ingress");
  ASSERT_TRUE(ingress);
  EXPECT_EQ(ingress->nesting, Nesting::kSet);
  EXPECT_TRUE(ingress->attribute_syntax);
  EXPECT_FALSE(group.attribute("ingress"));
  EXPECT_EQ(group.block("timeouts")->nesting, Nesting::kSingle);
  auto root = provider_facts(FactKind::kResource, "aws_instance").block("root_block_device");
  ASSERT_TRUE(root);
  EXPECT_TRUE(root->at_most_one);
  EXPECT_TRUE(root->body.attribute("encrypted"));
  EXPECT_EQ(facts_version("aws_s3_bucket"), "AWS provider 6.25");
}

// Every name that stands in the table is found again: the sections fit together.
TEST(ProviderFacts, ListTheirNames) {
  for (std::string_view name : provider_facts(FactKind::kResource, "aws_lb_listener").names()) {
    BodyFacts body = provider_facts(FactKind::kResource, "aws_lb_listener");
    EXPECT_TRUE(body.attribute(name) || body.block(name)) << name;
  }
}

TEST(ProviderFacts, TableIsWhatTheGeneratorMakes) {
  const char* given = std::getenv("ASSAY_SHARED");
  std::string shared = given ? given : "../shared";
  std::string data = shared + "/data/terraform-schema";
  if (!std::filesystem::exists(data + "/aws.jsonl")) GTEST_SKIP() << "no schema data at " << data;
  std::string here = "parsers/formats/terraform/schema/";
  std::string out = ::testing::TempDir() + "/provider_facts.bin";
  std::string command = "python3 " + here + "generate.py '" + data + "' '" + out + "' > /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_TRUE(read_whole(out) == read_whole(here + "provider_facts.bin")) << "run " << here << "generate.py";
  EXPECT_LT(std::filesystem::file_size(out), 1'500'000u);
  std::remove(out.c_str());
}

TEST(ProviderFacts, ConvertArguments) {
  Loaded loaded(R"(
resource "aws_security_group_rule" "r" {
  from_port   = "22"
  description = 5
  self        = "true"
  cidr_blocks = toset(["b", "a"])
}
resource "aws_instance" "i" {
  vpc_security_group_ids = ["b", "a", "b"]
  monitoring             = "maybe"
  tags                   = { n = 1, z = null }
}
)");
  EXPECT_EQ(loaded.text("aws_security_group_rule.r", "from_port"), "22");
  EXPECT_EQ(loaded.text("aws_security_group_rule.r", "description"), "\"5\"");
  EXPECT_EQ(loaded.text("aws_security_group_rule.r", "self"), "true");
  EXPECT_EQ(loaded.text("aws_security_group_rule.r", "cidr_blocks"), "[\"a\",\"b\"]");
  EXPECT_EQ(loaded.at("aws_security_group_rule.r", "cidr_blocks")->kind, model::ValueKind::kList);
  EXPECT_EQ(loaded.text("aws_instance.i", "vpc_security_group_ids"), "[\"a\",\"b\"]");
  EXPECT_EQ(loaded.at("aws_instance.i", "vpc_security_group_ids")->kind, model::ValueKind::kSet);
  EXPECT_EQ(loaded.text("aws_instance.i", "tags.n"), "\"1\"");
  // What does not fit stays as it is, with a note.
  EXPECT_EQ(loaded.text("aws_instance.i", "monitoring"), "\"maybe\"");
  ASSERT_EQ(loaded.root->problems.size(), 1u);
  EXPECT_EQ(loaded.root->problems[0].code, "terraform-argument-type");
  EXPECT_EQ(loaded.root->problems[0].severity, core::ProblemSeverity::kNote);
}

TEST(ProviderFacts, ABlockGivenAsAnArgumentIsNoted) {
  Loaded loaded("resource \"google_compute_firewall\" \"f\" {\n  name = \"f\"\n  allow = \"tcp\"\n}\n");
  ASSERT_EQ(loaded.root->problems.size(), 1u);
  EXPECT_EQ(loaded.root->problems[0].code, "terraform-argument-type");
  EXPECT_EQ(loaded.root->problems[0].message.find("\"allow\" is a block, not an argument (Google provider"), 0u)
      << loaded.root->problems[0].message;
}

TEST(ProviderFacts, ElementsKeepTheirSpans) {
  Loaded loaded("resource \"aws_instance\" \"i\" {\n  vpc_security_group_ids = [\"b\", \"a\"]\n}\n");
  const model::Value* set = loaded.at("aws_instance.i", "vpc_security_group_ids");
  ASSERT_TRUE(set && set->size == 2);
  EXPECT_EQ(loaded.sources.text(set->items()[0].span), "\"a\"");
  EXPECT_EQ(loaded.sources.text(set->items()[1].span), "\"b\"");
}

TEST(ProviderFacts, ConvertEachAlternative) {
  Loaded loaded("variable \"on\" {}\nresource \"aws_security_group_rule\" \"r\" {\n  from_port = var.on ? \"22\" : 443\n}\n");
  EXPECT_EQ(loaded.at("aws_security_group_rule.r", "from_port")->kind, model::ValueKind::kAlternatives);
  for (const model::Alternative& part : loaded.at("aws_security_group_rule.r", "from_port")->alternatives()) {
    EXPECT_TRUE(part.value.is_number());
  }
}

TEST(ProviderFacts, EqualBlocksOfASetCountOnce) {
  Loaded loaded(R"(
resource "aws_security_group" "s" {
  ingress { from_port = 22 }
  ingress { from_port = "22" }
  ingress { from_port = 23 }
}
resource "aws_lb_listener" "l" {
  default_action { type = "forward" }
  default_action { type = "forward" }
}
)");
  EXPECT_EQ(loaded.at("aws_security_group.s", "ingress")->size, 2u);
  EXPECT_EQ(loaded.at("aws_lb_listener.l", "default_action")->size, 2u);
}

TEST(ProviderFacts, SensitiveArgumentsAreMarkedWhereverTheyGo) {
  Loaded loaded(R"(
resource "aws_db_instance" "d" { password = "hunter22" }
resource "aws_iam_access_key" "k" {}
output "password" { value = aws_db_instance.d.password }
output "secret" { value = "key ${aws_iam_access_key.k.secret}" }
)");
  EXPECT_TRUE(loaded.at("aws_db_instance.d", "password")->has_mark(model::kSensitive));
  for (const auto& [name, value] : loaded.root->outputs) EXPECT_TRUE(value.has_mark(model::kSensitive)) << name;
  EXPECT_EQ(loaded.output("password"), "(sensitive)");
}

TEST(ProviderFacts, ReferencesToComputedAttributesHaveTheirType) {
  Loaded loaded(R"(
resource "aws_instance" "i" {}
output "ip" { value = aws_instance.i.public_ip }
output "disks" { value = length(aws_instance.i.root_block_device) }
output "names" { value = data.aws_availability_zones.z.names }
data "aws_availability_zones" "z" {}
)");
  for (const auto& [name, value] : loaded.root->outputs) {
    ASSERT_TRUE(value.is_unknown()) << name;
    if (name == "ip") {
      EXPECT_EQ(model::to_text(value.unknown().type), "string");
    }
    if (name == "names") {
      EXPECT_EQ(model::to_text(value.unknown().type), "list(string)");
    }
    if (name == "disks") {
      ASSERT_NE(value.unknown().maximum, nullptr);
      EXPECT_EQ(value.unknown().maximum->to_text(), "1");
    }
  }
}

TEST(ProviderFacts, MisspeltArgumentsGetANote) {
  Loaded loaded(R"(
resource "aws_s3_bucket" "b" {
  buckett    = "x"
  zzz_custom = 1
}
resource "aws_instance" "i" {
  for_each = toset(["a", "b"])
  root_block_devise { encrypted = true }
}
resource "unknown_thing" "t" { bukket = 1 }
)");
  ASSERT_EQ(loaded.root->problems.size(), 2u);
  EXPECT_EQ(loaded.root->problems[0].message,
            "\"buckett\" is not among the arguments of aws_s3_bucket in AWS provider 6.25; did you mean \"bucket\"?");
  EXPECT_EQ(loaded.root->problems[0].severity, core::ProblemSeverity::kNote);
  EXPECT_NE(loaded.root->problems[1].message.find("root_block_device"), std::string::npos);
}

TEST(ProviderFacts, JsonSyntaxKnowsBlocksFromMaps) {
  Loaded loaded(Loaded::Files{{"main.tf.json", R"({"resource": {
    "aws_lambda_function": {"f": {
      "environment": {"variables": {"A": "${1 + 1}"}},
      "timeouts": {"create": "1m"}}},
    "aws_glue_job": {"g": {"default_arguments": {"--x": "y"}, "command": [{"script_location": "s3://x"}]}},
    "aws_autoscaling_group": {"a": {"dynamic": {"tag": {"for_each": {"k": "v"},
      "content": {"key": "${tag.key}", "value": "${tag.value}", "propagate_at_launch": "true"}}}}},
    "google_compute_instance": {"v": {"metadata": {"a": "b"}, "boot_disk": {"auto_delete": "false"}}}}})"}});
  EXPECT_EQ(loaded.text("aws_lambda_function.f", "environment[0].variables.A"), "\"2\"");
  EXPECT_EQ(loaded.text("aws_glue_job.g", "default_arguments[\"--x\"]"), "\"y\"");
  EXPECT_EQ(loaded.text("aws_glue_job.g", "command[0].script_location"), "\"s3://x\"");
  EXPECT_EQ(loaded.text("aws_autoscaling_group.a", "tag[0].propagate_at_launch"), "true");
  EXPECT_EQ(loaded.text("google_compute_instance.v", "metadata.a"), "\"b\"");
  EXPECT_EQ(loaded.text("google_compute_instance.v", "boot_disk[0].auto_delete"), "false");
}

}  // namespace
}  // namespace assay::formats::terraform
