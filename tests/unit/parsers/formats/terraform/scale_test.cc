// Many instances, and values that grow: what they share is shared, and limits hold.
#include <gtest/gtest.h>

#include "parsers/core/limits.h"
#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

// [for i in range(100) : [for j in range(100) : "k-i-j"]], flattened.
constexpr const char* kTenThousand =
    "flatten([for i in range(100) : [for j in range(100) : \"k-${i}-${j}\"]])";

TEST(TerraformScaleTest, WhatReadsNoIndexIsEvaluatedOnce) {
  Loaded loaded(R"(
resource "aws_security_group" "a" {
  count = 3
  name  = "sg-${count.index}"
  tags  = merge({ a = 1 }, { b = 2 })
  ingress {
    from_port   = 22
    cidr_blocks = ["0.0.0.0/0"]
  }
}
)");
  const model::Value* first = loaded.at("aws_security_group.a[0]", "tags");
  const model::Value* last = loaded.at("aws_security_group.a[2]", "tags");
  ASSERT_TRUE(first && last);
  EXPECT_EQ(first->entry_array, last->entry_array);
  EXPECT_EQ(loaded.at("aws_security_group.a[0]", "ingress[0]")->entry_array,
            loaded.at("aws_security_group.a[2]", "ingress[0]")->entry_array);
  EXPECT_EQ(loaded.text("aws_security_group.a[0]", "name"), "\"sg-0\"");
  EXPECT_EQ(loaded.text("aws_security_group.a[2]", "name"), "\"sg-2\"");
}

TEST(TerraformScaleTest, InstancesThatDifferInNothingShareAllAttributes) {
  Loaded loaded("resource \"aws_sqs_queue\" \"a\" {\n  count = 3\n  kms_master_key_id = \"k\"\n}\n");
  EXPECT_EQ(loaded.find("aws_sqs_queue.a[0]")->attributes.entry_array,
            loaded.find("aws_sqs_queue.a[2]")->attributes.entry_array);
}

TEST(TerraformScaleTest, ImpureFunctionsAreNotShared) {
  Loaded loaded("resource \"aws_sqs_queue\" \"a\" {\n  count = 2\n  name = uuid()\n}\n");
  const model::Value* first = loaded.at("aws_sqs_queue.a[0]", "name");
  const model::Value* last = loaded.at("aws_sqs_queue.a[1]", "name");
  ASSERT_TRUE(first && last && first->is_unknown() && last->is_unknown());
  EXPECT_FALSE(same_value(*first, *last));
}

TEST(TerraformScaleTest, DynamicBlocksOverTheKeyDiffer) {
  Loaded loaded(R"(
resource "aws_security_group" "a" {
  for_each = { x = [1], y = [2, 3] }
  dynamic "ingress" {
    for_each = each.value
    content { from_port = ingress.value }
  }
}
)");
  EXPECT_EQ(loaded.text("aws_security_group.a[\"x\"]", "ingress"), "[{\"from_port\":1}]");
  EXPECT_EQ(loaded.text("aws_security_group.a[\"y\"]", "ingress"), "[{\"from_port\":2},{\"from_port\":3}]");
}

TEST(TerraformScaleTest, WhatReadsNoIteratorIsEvaluatedOnce) {
  Loaded loaded(R"(
variable "open" {}
resource "aws_kms_key" "k" {}
resource "aws_security_group" "a" {
  dynamic "ingress" {
    for_each = [22, 443]
    iterator = each_port
    content {
      from_port   = each_port.value
      description = "${each_port.key} of ${aws_kms_key.k.arn}"
      cidr_blocks = concat(["0.0.0.0/0"], ["10.0.0.0/8"])
      protocol    = uuid()
      dynamic "nested" {
        for_each = var.open
        content { a = nested.value }
      }
      dynamic "inner" {
        for_each = [each_port.value]
        content { a = each_port.value + inner.value }
      }
    }
  }
  dynamic "egress" {
    for_each = { a = 1, b = 2 }
    content { description = jsonencode(egress) }
  }
}
)");
  const model::Value* first = loaded.at("aws_security_group.a", "ingress[0]");
  const model::Value* last = loaded.at("aws_security_group.a", "ingress[1]");
  ASSERT_TRUE(first && last);
  EXPECT_EQ(first->find("cidr_blocks")->item_array, last->find("cidr_blocks")->item_array);
  EXPECT_FALSE(same_value(*first->find("protocol"), *last->find("protocol")));
  EXPECT_FALSE(same_value(*first->find("description"), *last->find("description")));
  EXPECT_TRUE(same_value(*first->find("nested"), *last->find("nested")));
  EXPECT_EQ(loaded.text("aws_security_group.a", "ingress[0].from_port"), "22");
  EXPECT_EQ(loaded.text("aws_security_group.a", "ingress[1].from_port"), "443");
  EXPECT_EQ(loaded.text("aws_security_group.a", "ingress[0].inner"), "[{\"a\":44}]");
  EXPECT_EQ(loaded.text("aws_security_group.a", "ingress[1].inner"), "[{\"a\":886}]");
  EXPECT_EQ(loaded.text("aws_security_group.a", "egress[0].description"), "\"{\\\"key\\\":\\\"a\\\",\\\"value\\\":1}\"");
  EXPECT_EQ(loaded.text("aws_security_group.a", "egress[1].description"), "\"{\\\"key\\\":\\\"b\\\",\\\"value\\\":2}\"");
}

TEST(TerraformScaleTest, TenThousandInstancesOfAModule) {
  Loaded loaded(Loaded::Files{{"main.tf", R"(
module "a" {
  source = "./m"
  count  = 10000
  n      = count.index
}
)"},
                      {"m/main.tf", "variable \"n\" {}\nresource \"aws_sqs_queue\" \"q\" {\n  name = \"q-${var.n}\"\n}\n"}});
  EXPECT_TRUE(loaded.root->problems.empty());
  EXPECT_EQ(loaded.text("module.a[9999].aws_sqs_queue.q", "name"), "\"q-9999\"");
}

TEST(TerraformScaleTest, OfTooManyLargeModulesOneIsAnalysed) {
  std::string locals = "variable \"n\" {}\nresource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\nlocals {\n";
  for (int i = 0; i < 500; ++i) locals += "  a" + std::to_string(i) + " = 1\n";
  Loaded loaded(Loaded::Files{{"main.tf", "module \"a\" {\n  source = \"./m\"\n  count  = 10000\n  n      = count.index\n}\n"},
                      {"m/main.tf", locals + "}\n"}});
  ASSERT_EQ(loaded.root->problems.size(), 1u);
  EXPECT_EQ(loaded.root->problems[0].code, "limit-instances");
  EXPECT_EQ(loaded.text("module.a[*].aws_sqs_queue.q", "name"), "\"q\"");
}

TEST(TerraformScaleTest, SharedArgumentsKeepTheirEdges) {
  Loaded loaded(R"(
resource "aws_kms_key" "k" {}
resource "aws_sqs_queue" "a" {
  count = 3
  name  = "q-${count.index}"
  kms_master_key_id = aws_kms_key.k.arn
  depends_on = [aws_kms_key.k]
}
)");
  size_t keys = 0, depends = 0;
  for (const model::Edge& edge : loaded.root->edges) {
    keys += edge.path == "kms_master_key_id";
    depends += edge.path == "depends_on";
  }
  EXPECT_EQ(keys, 3u);
  EXPECT_EQ(depends, 3u);
}

TEST(TerraformScaleTest, TenThousandInstancesCanBeReferredTo) {
  std::string text = std::string("resource \"aws_s3_bucket\" \"b\" {\n  for_each = toset(") + kTenThousand +
                     ")\n  bucket = each.key\n  acl = \"private\"\n}\n"
                     "output \"count\" { value = length(aws_s3_bucket.b) }\n"
                     "output \"one\" { value = aws_s3_bucket.b[\"k-17-3\"].bucket }\n"
                     "output \"acls\" { value = distinct(values(aws_s3_bucket.b)[*].acl) }\n";
  Loaded loaded(text.c_str());
  EXPECT_EQ(loaded.output("count"), "10000");
  EXPECT_EQ(loaded.output("one"), "\"k-17-3\"");
  EXPECT_EQ(loaded.output("acls"), "[\"private\"]");
  EXPECT_EQ(loaded.text("aws_s3_bucket.b[\"k-99-99\"]", "bucket"), "\"k-99-99\"");
  EXPECT_LT(loaded.root->arena.reserved_bytes(), 20u << 20);
}

TEST(TerraformScaleTest, EverythingReferringToEverythingHasALimit) {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    text += "resource \"aws_instance\" \"a" + std::to_string(i) + "\" {\n  count = 5000\n  ami = \"x\"\n";
    if (i > 0) text += "  user_data = join(\",\", aws_instance.a" + std::to_string(i - 1) + "[*].id)\n";
    text += "}\n";
  }
  Loaded loaded(text.c_str());
  EXPECT_TRUE(loaded.has_problem("limit-edges"));
  EXPECT_LE(loaded.root->edges.size(), size_t{core::kMaxEdges});
  EXPECT_EQ(loaded.root->resources.size(), 15000u);
}

TEST(TerraformScaleTest, ElementsOfWhatAllInstancesShareAreFoundOnce) {
  Loaded loaded(R"(
resource "aws_instance" "a" {
  count = 4000
  ami   = "x"
}
locals { ids = aws_instance.a[*].id }
resource "aws_eip" "by_local" {
  count    = 4000
  instance = local.ids[count.index]
}
resource "aws_eip" "by_element" {
  count    = 4000
  instance = element(aws_instance.a[*].id, count.index)
}
)");
  EXPECT_EQ(loaded.text("aws_eip.by_local[3999]", "instance"), "<unknown aws_instance.a[3999].id>");
  EXPECT_EQ(loaded.text("aws_eip.by_element[17]", "instance"), "<unknown aws_instance.a[17].id>");
  EXPECT_FALSE(loaded.has_problem("limit-evaluation"));
  EXPECT_LT(loaded.root->arena.reserved_bytes(), 64u << 20);
}

TEST(TerraformScaleTest, TextThatDoublesEndsInAProblem) {
  std::string text = "locals {\n  a0 = \"xxxxxxxxxxxxxxxx\"\n";
  for (int i = 1; i < 40; ++i) {
    std::string before = "${local.a" + std::to_string(i - 1) + "}";
    text += "  a" + std::to_string(i) + " = \"" + before + before + "\"\n";
  }
  text += "}\noutput \"o\" { value = local.a39 }\n";
  Loaded loaded(text.c_str());
  EXPECT_EQ(loaded.output("o").substr(0, 8), "<unknown");
  EXPECT_LT(loaded.root->arena.reserved_bytes(), core::kMaxEvaluationBytes + (64u << 20));
}

}  // namespace
}  // namespace assay::formats::terraform
