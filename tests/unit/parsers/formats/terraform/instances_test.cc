// Which instances exist, under which guards, and how they refer to each other.
#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

TEST(Instances, CountGivesAGuard) {
  Loaded loaded(R"(
variable "on" { type = bool }
resource "aws_s3_bucket" "b" {
  count = var.on ? 1 : 0
  acl   = var.on ? "private" : "public-read"
}
resource "aws_s3_bucket_versioning" "v" {
  count  = var.on ? 1 : 0
  bucket = aws_s3_bucket.b[0].id
}
resource "aws_s3_bucket" "never" { count = 0 }
)");
  EXPECT_EQ(loaded.addresses(), "aws_s3_bucket.b[0] aws_s3_bucket_versioning.v[0]");
  EXPECT_EQ(loaded.exists("aws_s3_bucket.b[0]"), "var.on");
  EXPECT_FALSE(loaded.find("aws_s3_bucket.b[0]")->representative);
  EXPECT_EQ(loaded.text("aws_s3_bucket.b[0]", "acl"), "\"private\"");
  EXPECT_EQ(loaded.text("aws_s3_bucket_versioning.v[0]", "bucket"), "<unknown aws_s3_bucket.b[0].id>");
  ASSERT_EQ(loaded.root->edges.size(), 1u);
  EXPECT_EQ(loaded.root->edges[0].guard, model::kAlways);
  EXPECT_EQ(loaded.root->edges[0].path, "bucket");
  EXPECT_EQ(loaded.problems(), "");
}

TEST(Instances, UnknownSetsHaveOneRepresentative) {
  Loaded loaded(R"(
variable "names" { type = set(string) }
variable "n" { type = number }
resource "aws_s3_bucket" "b" {
  for_each = var.names
  bucket   = each.key
  acl      = "public-read"
}
resource "aws_s3_bucket_acl" "a" {
  for_each = var.names
  bucket   = aws_s3_bucket.b[each.key].id
}
resource "aws_sqs_queue" "q" {
  count = var.n
  name  = "q-${count.index}"
}
)");
  const model::Resource* bucket = loaded.find("aws_s3_bucket.b[*]");
  ASSERT_TRUE(bucket);
  EXPECT_TRUE(bucket->representative);
  EXPECT_NE(bucket->exists, model::kAlways);
  EXPECT_EQ(loaded.text("aws_s3_bucket.b[*]", "acl"), "\"public-read\"");
  EXPECT_TRUE(loaded.at("aws_s3_bucket.b[*]", "bucket")->is_unknown());
  EXPECT_EQ(bucket->stable_address, "aws_s3_bucket.b");
  ASSERT_TRUE(loaded.find("aws_sqs_queue.q[*]"));
  ASSERT_EQ(loaded.root->edges.size(), 1u);
  EXPECT_EQ(loaded.root->resources[loaded.root->edges[0].to].address, "aws_s3_bucket.b[*]");
  EXPECT_EQ(loaded.problems(), "");
}

TEST(Instances, EdgesJoinInstanceToInstance) {
  Loaded loaded(R"(
locals { names = toset(["a", "b"]) }
resource "aws_s3_bucket" "b" {
  for_each = local.names
  bucket   = each.key
}
resource "aws_s3_bucket_acl" "a" {
  for_each = local.names
  bucket   = aws_s3_bucket.b[each.key].id
}
)");
  ASSERT_EQ(loaded.root->edges.size(), 2u);
  for (const model::Edge& edge : loaded.root->edges) {
    std::string from(loaded.root->resources[edge.from].address), to(loaded.root->resources[edge.to].address);
    EXPECT_EQ(from.substr(from.find('[')), to.substr(to.find('[')));
  }
}

TEST(Instances, DynamicBlocksStandBesideStaticOnes) {
  Loaded loaded(R"(
variable "extra" {}
variable "ssh" { type = bool }
resource "aws_security_group" "g" {
  ingress {
    from_port   = 22
    cidr_blocks = ["0.0.0.0/0"]
  }
  dynamic "ingress" {
    for_each = var.extra
    iterator = rule
    content { from_port = rule.value.port }
  }
  dynamic "ingress" {
    for_each = var.ssh ? [443] : []
    content { from_port = ingress.value }
  }
}
)");
  const model::Value* blocks = loaded.at("aws_security_group.g", "ingress");
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size, 3u);
  EXPECT_TRUE(blocks->flags & model::kBlockValue);
  EXPECT_EQ(blocks->items()[0].guard, model::kAlways);
  EXPECT_EQ(loaded.text("aws_security_group.g", "ingress[0].from_port"), "22");
  EXPECT_NE(blocks->items()[1].guard, model::kAlways);
  EXPECT_TRUE(loaded.at("aws_security_group.g", "ingress[1].from_port")->is_unknown());
  EXPECT_EQ(loaded.root->guards.to_text(blocks->items()[2].guard), "var.ssh");
  EXPECT_EQ(loaded.text("aws_security_group.g", "ingress[2].from_port"), "443");
}

TEST(Instances, ModulesMultiplyAndGuard) {
  Loaded loaded({{"main.tf",
                  "variable \"on\" { type = bool }\n"
                  "module \"m\" {\n  source = \"./m\"\n  for_each = { x = 1, y = 2 }\n  n = each.value\n}\n"
                  "module \"c\" {\n  source = \"./m\"\n  count = var.on ? 1 : 0\n  n = 5\n}\n"
                  "output \"x\" { value = module.m[\"x\"].n }\n"
                  "output \"all\" { value = { for k, m in module.m : k => m.n } }\n"
                  "output \"first\" { value = one(module.c[*].n) }\n"},
                 {"m/main.tf",
                  "variable \"n\" {}\n"
                  "resource \"aws_sqs_queue\" \"q\" { delay_seconds = var.n }\n"
                  "output \"n\" { value = aws_sqs_queue.q.delay_seconds + 1 }\n"}});
  EXPECT_EQ(loaded.addresses(),
            "module.m[\"x\"].aws_sqs_queue.q module.m[\"y\"].aws_sqs_queue.q module.c[0].aws_sqs_queue.q");
  EXPECT_EQ(loaded.output("x"), "2");
  EXPECT_EQ(loaded.output("all"), "{\"x\":2,\"y\":3}");
  EXPECT_EQ(loaded.exists("module.c[0].aws_sqs_queue.q"), "var.on");
  EXPECT_EQ(loaded.find("module.m[\"x\"].aws_sqs_queue.q")->module_path, "module.m");
  EXPECT_EQ(loaded.find("module.m[\"x\"].aws_sqs_queue.q")->stable_address, "module.m.aws_sqs_queue.q");
}

TEST(Instances, EdgesGoThroughModulesAndLocals) {
  Loaded loaded({{"main.tf",
                  "resource \"aws_vpc\" \"v\" {}\nlocals { vpc = aws_vpc.v }\n"
                  "module \"m\" {\n  source = \"./m\"\n  vpc_id = local.vpc.id\n}\n"
                  "resource \"aws_route\" \"r\" { subnet = module.m.subnet_id }\n"},
                 {"m/main.tf",
                  "variable \"vpc_id\" {}\nresource \"aws_subnet\" \"s\" { vpc_id = var.vpc_id }\n"
                  "output \"subnet_id\" { value = aws_subnet.s.id }\n"}});
  std::string edges;
  for (const model::Edge& edge : loaded.root->edges) {
    edges += std::string(loaded.root->resources[edge.from].address) + "." + std::string(edge.path) + "->" +
             std::string(loaded.root->resources[edge.to].address) + " ";
  }
  EXPECT_EQ(edges, "aws_route.r.subnet->module.m.aws_subnet.s module.m.aws_subnet.s.vpc_id->aws_vpc.v ");
}

TEST(Instances, BlocksOfResourcesStayOpen) {
  Loaded loaded(R"(
resource "aws_eks_cluster" "c" {
  vpc_config { public = true }
}
resource "aws_x" "x" {
  known   = aws_eks_cluster.c.vpc_config[0].public
  open    = aws_eks_cluster.c.vpc_config[0].security_group_id
  absent  = aws_eks_cluster.c.identity[0].issuer
}
)");
  EXPECT_EQ(loaded.problems(), "");
  EXPECT_EQ(loaded.text("aws_x.x", "known"), "true");
  EXPECT_TRUE(loaded.at("aws_x.x", "open")->is_unknown());
  EXPECT_TRUE(loaded.at("aws_x.x", "absent")->is_unknown());
}

TEST(Instances, TemplatesOfFiles) {
  Loaded loaded({{"main.tf",
                  "resource \"aws_x\" \"x\" {\n  t = templatefile(\"${path.module}/t.tpl\", { names = [\"a\", \"b\"] })\n}\n"},
                 {"t.tpl", "%{ for n in names ~}\n${n};\n%{ endfor ~}\n"}});
  EXPECT_EQ(loaded.problems(), "");
  EXPECT_EQ(loaded.at("aws_x.x", "t")->text(), "a;\nb;\n");
}

TEST(Instances, LimitsGiveARepresentative) {
  Loaded loaded("resource \"aws_sqs_queue\" \"q\" {\n  count = 1000000\n  name = \"x\"\n}\n");
  EXPECT_TRUE(loaded.has_problem("limit-instances"));
  EXPECT_EQ(loaded.addresses(), "aws_sqs_queue.q[*]");
  EXPECT_EQ(loaded.exists("aws_sqs_queue.q[*]"), "always");
}

TEST(Instances, WorkOfARootIsBounded) {
  std::vector<std::string> paths, texts;
  for (int i = 0; i < 20; ++i) {  // two of the next at every level: a million modules
    std::string next = i == 19 ? "" : "{ source = \"../m" + std::to_string(i + 1) + "\" }\n";
    paths.push_back("m" + std::to_string(i) + "/main.tf");
    texts.push_back(next.empty() ? "resource \"aws_sqs_queue\" \"q\" {}\n"
                                 : "module \"a\" " + next + "module \"b\" " + next);
  }
  Loaded::Files files;
  for (size_t i = 0; i < paths.size(); ++i) files.push_back({paths[i].c_str(), texts[i].c_str()});
  Loaded loaded(files);
  EXPECT_TRUE(loaded.has_problem("limit-evaluation"));
}

TEST(Instances, ValuesThatShareThemselvesAreBounded) {
  std::string text = "locals {\n  v0 = [\"x\"]\n";
  for (int i = 0; i < 60; ++i) {  // 2^60 parts in sixty lines
    std::string before = "local.v" + std::to_string(i);
    text += "  v" + std::to_string(i + 1) + " = [" + before + ", " + before + "]\n";
  }
  text += "  all = jsonencode(local.v60)\n}\nresource \"aws_sqs_queue\" \"q\" { name = local.all }\n";
  Loaded loaded(text.c_str());
  EXPECT_TRUE(loaded.has_problem("limit-evaluation"));
  const model::Value* name = loaded.at("aws_sqs_queue.q", "name");
  ASSERT_TRUE(name != nullptr);
  EXPECT_TRUE(name->is_unknown());
}

TEST(Instances, MissingModulesLeaveTheirOutputsUnknown) {
  Loaded loaded("module \"far\" { source = \"terraform-aws-modules/vpc/aws\" }\n"
                "resource \"aws_subnet\" \"s\" { vpc_id = module.far.vpc_id }\n");
  EXPECT_TRUE(loaded.has_problem("terraform-module-unavailable"));
  const model::Value* id = loaded.at("aws_subnet.s", "vpc_id");
  ASSERT_TRUE(id && id->is_unknown());
  ASSERT_EQ(id->unknown().causes().size(), 1u);
  EXPECT_EQ(id->unknown().causes()[0].text(), "module.far");
  EXPECT_EQ(loaded.root->coverage[0].state, model::Coverage::State::kPartial);
}

TEST(Instances, ModulesThatCallEachOtherEnd) {
  Loaded loaded({{"a/main.tf", "module \"b\" { source = \"../b\" }\n"},
                 {"b/main.tf", "module \"a\" { source = \"../a\" }\nresource \"aws_sqs_queue\" \"q\" {}\n"}});
  ASSERT_EQ(loaded.roots.size(), 1u);
  EXPECT_EQ(loaded.roots[0].path, "a");
  EXPECT_TRUE(loaded.has_problem("terraform-cycle"));
  EXPECT_EQ(loaded.addresses(), "module.b.aws_sqs_queue.q");
}

TEST(Instances, SelfReferencesAreCycles) {
  Loaded loaded("resource \"aws_sqs_queue\" \"a\" { name = aws_sqs_queue.b.name }\n"
                "resource \"aws_sqs_queue\" \"b\" { name = aws_sqs_queue.a.name }\n");
  EXPECT_TRUE(loaded.has_problem("terraform-cycle"));
  EXPECT_NE(loaded.problems().find("aws_sqs_queue.a -> aws_sqs_queue.b -> aws_sqs_queue.a;"), std::string::npos)
      << loaded.problems();
  EXPECT_EQ(loaded.addresses(), "aws_sqs_queue.a aws_sqs_queue.b");
}

}  // namespace
}  // namespace assay::formats::terraform
