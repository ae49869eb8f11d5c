#include "parsers/model/aliases.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "parsers/model/alias_inverse.h"
#include "parsers/model/alias_values.h"

namespace assay::model {
namespace {

using core::Symbol;

// A project of one root, written by hand.
class AliasTest : public ::testing::Test {
 protected:
  AliasTest() : root_(std::make_unique<Root>()) { root_->format = "terraform"; }

  core::Arena& arena() { return root_->arena; }
  Guards& guards() { return root_->guards; }
  static Value text(std::string_view text) { return string_value(text); }
  Value object(std::vector<Entry> entries) { return object_value(entries, arena()); }
  Value list(std::vector<Value> items) { return list_value(items, arena()); }
  Value block(std::vector<Entry> entries) {
    Value inner = object(std::move(entries));
    inner.flags |= kBlockValue;
    Value out = list({inner});
    out.flags |= kBlockValue;
    return out;
  }
  Value reference(std::string_view to) { return unknown_input("r#" + std::string(to), nullptr, arena()); }
  Guard on(std::string_view name) {
    Symbol cause(name);
    return guards().atom("r#" + std::string(name), Relation::kTrue, "", {&cause, 1});
  }
  Resource& resource(std::string_view type, std::string_view name, std::vector<Entry> attributes) {
    Resource& made = root_->resources.emplace_back();
    made.type = type;
    made.name = name;
    made.address = arena().copy(std::string(type) + "." + std::string(name));
    made.format = root_->format;
    made.kind = "resource";
    made.attributes = object(std::move(attributes));
    return made;
  }
  void attach() {
    Root* root = root_.get();
    project_.add(std::move(root_));
    builtin_aliases().attach_views(project_);
    project_.seal();
    guards_ = &root->guards;
  }
  const Value* view(const Resource& resource, std::string_view type) {
    for (const View& view : resource.views) {
      if (view.type == Symbol(type)) return &view.value;
    }
    return nullptr;
  }
  std::string at(const Resource& resource, std::string_view type, std::string_view path) {
    const Value* value = view(resource, type);
    if (value == nullptr) return "no view";
    value = at_path(*value, path);
    if (value == nullptr) return "absent";
    std::string out = to_text(*value, guards_);
    if (value->guard != kAlways) out = guards_->to_text(value->guard) + ": " + out;
    return out;
  }

  std::unique_ptr<Root> root_;
  Project project_;
  const Guards* guards_ = nullptr;
};

TEST_F(AliasTest, TerraformAttributesAreTakenOverAndSingleBlocksUnlisted) {
  Resource& bucket = resource("aws_s3_bucket", "b",
                              {{"acl", {}, text("private")},
                               {"versioning", {}, block({{"enabled", {}, text("true")}})},
                               {"logging", {}, block({{"target_bucket", {}, text("logs")}})}});
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "acl"), "\"private\"");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "versioning"), "{\"enabled\":true}");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "logging.target_bucket"), "\"logs\"");
}

TEST_F(AliasTest, DefaultsFillWhatIsAbsentOrNullAndNameTheirSource) {
  Resource& absent = resource("aws_db_instance", "a", {});
  Resource& null = resource("aws_db_instance", "n", {{"storage_encrypted", {}, null_value()}});
  Resource& open = resource("aws_db_instance", "u", {{"storage_encrypted", {}, reference("var.enc")}});
  attach();
  EXPECT_EQ(at(absent, "aws/rds/instance", "storage_encrypted"), "false");
  EXPECT_EQ(at(null, "aws/rds/instance", "storage_encrypted"), "false");
  EXPECT_EQ(at(open, "aws/rds/instance", "storage_encrypted"), "<unknown var.enc>");
  const Value* value = view(absent, "aws/rds/instance")->find("storage_encrypted");
  ASSERT_NE(value->origin, nullptr);
  EXPECT_EQ(value->origin->kind, OriginKind::kProviderDefault);
  EXPECT_FALSE(value->origin->what.empty());
  EXPECT_FALSE(value->span.valid());
}

TEST_F(AliasTest, SatellitesAreJoinedByReferenceAndByEqualValue) {
  Resource& bucket = resource("aws_s3_bucket", "b", {{"bucket", {}, text("my-bucket")}});
  resource("aws_s3_bucket", "other", {});
  resource("aws_s3_bucket_versioning", "v",
           {{"bucket", {}, reference("aws_s3_bucket.b.id")},
            {"versioning_configuration", {}, block({{"status", {}, text("Enabled")}})}});
  resource("aws_s3_bucket_acl", "a", {{"bucket", {}, text("my-bucket")}, {"acl", {}, text("public-read")}});
  Resource& stray = resource("aws_s3_bucket_policy", "p",
                             {{"bucket", {}, reference("var.name")}, {"policy", {}, text("{\"Statement\": []}")}});
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "versioning.enabled"), "true");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "acl"), "\"public-read\"");
  EXPECT_EQ(at(*project_.resources[1], "aws/s3/bucket", "versioning.enabled"), "false");
  EXPECT_EQ(at(*project_.resources[1], "aws/s3/bucket", "policy"), "absent");
  EXPECT_EQ(at(stray, "aws/s3/bucket-policy", "policy.Statement"), "[]");
  ASSERT_EQ(project_.edges.size(), 2u);
  EXPECT_EQ(project_.edges[0].kind, EdgeKind::kCompletes);
  EXPECT_EQ(project_.edges[0].to, bucket.index);
}

TEST_F(AliasTest, SatellitesThatPerhapsExistGiveAlternatives) {
  Resource& bucket = resource("aws_s3_bucket", "b", {{"acl", {}, text("private")}});
  Resource& acl = resource("aws_s3_bucket_acl", "a",
                           {{"bucket", {}, reference("aws_s3_bucket.b.id")}, {"acl", {}, text("public-read")}});
  acl.exists = on("var.public");
  Resource& policy = resource("aws_s3_bucket_policy", "p",
                              {{"bucket", {}, reference("aws_s3_bucket.b.id")}, {"policy", {}, text("{\"a\": 1}")}});
  policy.exists = acl.exists;
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "acl"), "<var.public: \"public-read\" | not var.public: \"private\">");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "policy"), "var.public: {\"a\":1}");
}

TEST_F(AliasTest, ConditionsOfBucketAndSatelliteCancel) {
  Resource& bucket = resource("aws_s3_bucket", "b", {});
  Resource& acl = resource("aws_s3_bucket_acl", "a",
                           {{"bucket", {}, reference("aws_s3_bucket.b.id")}, {"acl", {}, text("public-read")}});
  bucket.exists = acl.exists = on("var.create");
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "acl"), "\"public-read\"");
}

TEST_F(AliasTest, UncertainLinksAreGuarded) {
  Resource& one = resource("aws_s3_bucket", "one", {});
  resource("aws_s3_bucket", "two", {});
  Guard first = on("var.first");
  Alternative sides[2] = {{first, reference("aws_s3_bucket.one.id")},
                          {guards().negate(first), reference("aws_s3_bucket.two.id")}};
  Value join = alternatives_value(sides, guards(), arena());
  resource("aws_s3_bucket_versioning", "v",
           {{"bucket", {}, join}, {"versioning_configuration", {}, block({{"status", {}, text("Enabled")}})}});
  attach();
  EXPECT_EQ(at(one, "aws/s3/bucket", "versioning.enabled"), "<var.first: true | not var.first: false>");
  ASSERT_EQ(project_.edges.size(), 2u);
  EXPECT_NE(project_.edges[0].guard, kAlways);
}

TEST_F(AliasTest, EdgesJoinWhereValuesSayNothing) {
  Resource& bucket = resource("aws_s3_bucket", "b", {});
  Resource& acl = resource("aws_s3_bucket_acl", "a",
                           {{"bucket", {}, reference("format(x)")}, {"acl", {}, text("public-read")}});
  (void)acl;
  Edge edge;
  edge.from = 1;
  edge.to = 0;
  edge.path = "bucket";
  root_->edges.push_back(edge);
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "acl"), "\"public-read\"");
}

TEST_F(AliasTest, SecurityGroupRulesAppend) {
  Resource& group = resource("aws_security_group", "g",
                             {{"ingress", {}, block({{"from_port", {}, int_value(443)}})}});
  resource("aws_security_group_rule", "r",
           {{"security_group_id", {}, reference("aws_security_group.g.id")},
            {"type", {}, text("ingress")},
            {"from_port", {}, text("22")},
            {"cidr_blocks", {}, list({text("0.0.0.0/0")})}});
  resource("aws_vpc_security_group_ingress_rule", "v",
           {{"security_group_id", {}, reference("aws_security_group.g.id")},
            {"cidr_ipv4", {}, text("10.0.0.0/8")}, {"from_port", {}, int_value(80)}});
  resource("aws_security_group_rule", "u",
           {{"security_group_id", {}, reference("aws_security_group.g.id")}, {"type", {}, reference("var.type")}});
  Resource& stray = resource("aws_security_group_rule", "s",
                             {{"security_group_id", {}, text("sg-1")}, {"type", {}, text("egress")}, {"from_port", {}, int_value(0)}});
  attach();
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[0].from_port"), "443");
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[1].from_port"), "22");
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[1].cidr_blocks"), "[\"0.0.0.0/0\"]");
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[2].cidr_blocks"), "[\"10.0.0.0/8\"]");
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[3]"), "var.type = \"ingress\": {}");
  EXPECT_EQ(at(stray, "aws/ec2/security-group-rule", "egress[0].from_port"), "0");
}

TEST_F(AliasTest, ManyRulesOfOneGroupGrowOneList) {
  Resource& group = resource("aws_security_group", "g", {});
  Resource& other = resource("aws_security_group", "h", {});
  constexpr int kRules = 3000;
  for (int i = 0; i < kRules; ++i) {
    std::string name = "r" + std::to_string(i);
    resource("aws_vpc_security_group_ingress_rule", arena().copy(std::string_view(name)),
             {{"security_group_id", {}, reference(i % 2 == 0 ? "aws_security_group.g.id" : "aws_security_group.h.id")},
              {"from_port", {}, int_value(i)}});
  }
  size_t before = arena().reserved_bytes();
  Root* root = root_.get();
  attach();
  EXPECT_LT(root->arena.reserved_bytes() - before, size_t{kRules} * 8000);
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[0].from_port"), "0");
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[1499].from_port"), "2998");
  EXPECT_EQ(at(other, "aws/ec2/security-group", "ingress[1499].from_port"), "2999");
}

// Instances of one block share their view; each grows its own list.
TEST_F(AliasTest, ListsThatWereSharedGrowApart) {
  Value inline_rules = block({{"from_port", {}, int_value(443)}});
  Resource& one = resource("aws_security_group", "g[0]", {{"ingress", {}, inline_rules}});
  Resource& two = resource("aws_security_group", "g[1]", {});
  two.attributes = one.attributes;
  for (int i = 0; i < 6; ++i) {
    std::string name = "r" + std::to_string(i);
    resource("aws_vpc_security_group_ingress_rule", arena().copy(std::string_view(name)),
             {{"security_group_id", {}, reference(i % 2 == 0 ? "aws_security_group.g[0].id" : "aws_security_group.g[1].id")},
              {"from_port", {}, int_value(i)}});
  }
  attach();
  EXPECT_EQ(at(one, "aws/ec2/security-group", "ingress[0].from_port"), "443");
  EXPECT_EQ(at(one, "aws/ec2/security-group", "ingress[3].from_port"), "4");
  EXPECT_EQ(at(two, "aws/ec2/security-group", "ingress[1].from_port"), "1");
  EXPECT_EQ(at(two, "aws/ec2/security-group", "ingress[3].from_port"), "5");
  EXPECT_EQ(at(two, "aws/ec2/security-group", "ingress[4].from_port"), "absent");
}

// Beyond the limit nobody says which policy a bucket has: it is unknown, and never "none".
TEST_F(AliasTest, SatellitesThatCouldBelongToAnyOfManyAreUnknownThere) {
  root_->format = "cloudformation";
  constexpr int kEach = 200;
  static_assert(uint64_t{kEach} * kEach > kMaxAmbiguousJoins);
  for (int i = 0; i < kEach; ++i) {
    std::string name = "B" + std::to_string(i);
    resource("AWS::S3::Bucket", arena().copy(std::string_view(name)), {{"BucketName", {}, reference("Name")}});
  }
  Resource& alone = resource("AWS::S3::Bucket", "Alone", {{"BucketName", {}, text("alone")}});
  for (int i = 0; i < kEach; ++i) {
    std::string name = "P" + std::to_string(i);
    resource("AWS::S3::BucketPolicy", arena().copy(std::string_view(name)),
             {{"Bucket", {}, reference("Name")}, {"PolicyDocument", {}, object({{"Statement", {}, list({})}})}});
  }
  resource("AWS::S3::BucketPolicy", "PA", {{"Bucket", {}, text("alone")}, {"PolicyDocument", {}, object({{"Id", {}, text("x")}})}});
  attach();
  EXPECT_EQ(at(*project_.resources[0], "aws/s3/bucket", "policy"), "<unknown AWS::S3::Bucket.B0.policy>");
  EXPECT_EQ(at(*project_.resources[kEach - 1], "aws/s3/bucket", "policy"), "<unknown AWS::S3::Bucket.B199.policy>");
  EXPECT_EQ(at(alone, "aws/s3/bucket", "policy.Id"), "\"x\"");
  EXPECT_LE(project_.edges.size(), kMaxAmbiguousJoins + 1);
  ASSERT_EQ(project_.problems.size(), 1u);
  EXPECT_EQ(project_.problems[0].code, "limit-joins");
  EXPECT_EQ(project_.problems[0].severity, core::ProblemSeverity::kNote);
}

TEST_F(AliasTest, CloudFormationSpeaksTheSameLanguage) {
  root_->format = "cloudformation";
  Guard prod = on("Prod");
  Alternative sides[2] = {{prod, text("Private")}, {guards().negate(prod), text("PublicRead")}};
  Resource& bucket = resource(
      "AWS::S3::Bucket", "Data",
      {{"AccessControl", {}, alternatives_value(sides, guards(), arena())},
       {"VersioningConfiguration", {}, object({{"Status", {}, reference("param.Status")}})},
       {"PublicAccessBlockConfiguration", {}, object({{"BlockPublicAcls", {}, text("true")}})},
       {"Tags", {}, list({object({{"Key", {}, text("team")}, {"Value", {}, text("core")}})})}});
  resource("AWS::S3::BucketPolicy", "Policy",
           {{"Bucket", {}, reference("Data")}, {"PolicyDocument", {}, object({{"Version", {}, text("2012-10-17")}})}});
  Resource& database = resource("AWS::RDS::DBInstance", "Db",
                                {{"StorageEncrypted", {}, text("true")}, {"PubliclyAccessible", {}, bool_value(true)},
                                 {"DBInstanceIdentifier", {}, text("db")}, {"MultiAZ", {}, text("false")}});
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "acl"), "<Prod: \"private\" | not Prod: \"public-read\">");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "versioning.enabled"),
            "<param.Status = \"Enabled\": true | param.Status = \"Suspended\": false | "
            "param.Status != \"Enabled\" and param.Status != \"Suspended\": <unknown param.Status as enabled>>");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "public_access_block.block_public_acls"), "true");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "public_access_block.ignore_public_acls"), "false");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "tags.team"), "\"core\"");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "policy.Version"), "\"2012-10-17\"");
  EXPECT_EQ(at(database, "aws/rds/instance", "storage_encrypted"), "true");
  EXPECT_EQ(at(database, "aws/rds/instance", "publicly_accessible"), "true");
  EXPECT_EQ(at(database, "aws/rds/instance", "identifier"), "\"db\"");
  EXPECT_EQ(at(database, "aws/rds/instance", "multi_az"), "false");
}

TEST_F(AliasTest, InlinePoliciesAreViewsOfTheirOwn) {
  root_->format = "cloudformation";
  Guard extra = on("Extra");
  Value second = with_guard(object({{"PolicyName", {}, text("two")}}), extra);
  Resource& role = resource("AWS::IAM::Role", "Role",
                            {{"Policies", {}, list({object({{"PolicyName", {}, text("one")}}), second})}});
  attach();
  std::vector<const View*> policies;
  for (const View& view : role.views) {
    if (view.type == Symbol("aws/iam/policy")) policies.push_back(&view);
  }
  ASSERT_EQ(policies.size(), 2u);
  EXPECT_EQ(policies[0]->value.find("name")->text(), "one");
  EXPECT_EQ(policies[1]->value.guard, extra);
  EXPECT_EQ(at(role, "aws/iam/role", "inline_policy[0].name"), "\"one\"");
}

TEST_F(AliasTest, LoadBalancerAttributesAreLookedUpByKey) {
  root_->format = "cloudformation";
  Resource& balancer = resource(
      "AWS::ElasticLoadBalancingV2::LoadBalancer", "Lb",
      {{"Scheme", {}, text("internet-facing")},
       {"LoadBalancerAttributes", {},
        list({object({{"Key", {}, text("deletion_protection.enabled")}, {"Value", {}, text("true")}})})}});
  attach();
  EXPECT_EQ(at(balancer, "aws/elb/load-balancer", "enable_deletion_protection"), "true");
  EXPECT_EQ(at(balancer, "aws/elb/load-balancer", "drop_invalid_header_fields"), "false");
  EXPECT_EQ(at(balancer, "aws/elb/load-balancer", "internal"), "false");
}

TEST_F(AliasTest, GuardedBlocksKeepTheirGuard) {
  Value versioning = block({{"enabled", {}, bool_value(true)}});
  const_cast<Value*>(versioning.item_array)->guard = on("var.v");
  Resource& bucket = resource("aws_s3_bucket", "b", {{"versioning", {}, versioning}});
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "versioning.enabled"), "absent");  // below alternatives
  const Value* view_value = view(bucket, "aws/s3/bucket")->find("versioning");
  ASSERT_TRUE(view_value->is_alternatives());
  EXPECT_EQ(to_text(*view_value, guards_), "<var.v: {\"enabled\":true} | not var.v: {\"enabled\":false}>");
}

TEST_F(AliasTest, DataSourcesHaveTheirOwnTables) {
  Resource& data = resource("aws_s3_bucket", "b", {});
  data.kind = "data";
  Resource& document = resource("aws_iam_policy_document", "d", {});
  document.kind = "data";
  attach();
  EXPECT_TRUE(data.views.empty());
  EXPECT_NE(view(document, "aws/iam/policy-document"), nullptr);
}

TEST_F(AliasTest, KubernetesObjectsWrittenInTerraform) {
  Value container = block({{"name", {}, text("web")},
                           {"image", {}, text("nginx")},
                           {"security_context", {}, block({{"run_as_user", {}, text("0")}, {"privileged", {}, bool_value(true)}})},
                           {"env", {}, block({{"name", {}, text("A")}})}});
  Value pod_spec = block({{"container", {}, container}, {"host_pid", {}, bool_value(true)}});
  Value pod = block({{"metadata", {}, block({{"labels", {}, object({{"my_app", {}, text("x")}})}})}, {"spec", {}, pod_spec}});
  Resource& deployment = resource("kubernetes_deployment_v1", "d",
                                  {{"metadata", {}, block({{"name", {}, text("web")}})},
                                   {"spec", {}, block({{"replicas", {}, int_value(1)}, {"template", {}, pod}})}});
  Resource& manifest = resource("kubernetes_manifest", "m",
                                {{"manifest", {}, object({{"kind", {}, text("Pod")}, {"spec", {}, object({{"hostNetwork", {}, bool_value(true)}})}})}});
  attach();
  EXPECT_EQ(at(deployment, "kubernetes/deployment", "apiVersion"), "\"apps/v1\"");
  EXPECT_EQ(at(deployment, "kubernetes/pod-template", "spec.hostPID"), "true");
  EXPECT_EQ(at(deployment, "kubernetes/pod-template", "spec.containers[0].securityContext"),
            "{\"runAsUser\":0,\"privileged\":true}");
  EXPECT_EQ(at(deployment, "kubernetes/pod-template", "containers[0].env[0].name"), "\"A\"");
  EXPECT_EQ(at(deployment, "kubernetes/pod-template", "metadata.labels.my_app"), "\"x\"");
  EXPECT_EQ(at(deployment, "kubernetes/pod-template", "workload.kind"), "\"Deployment\"");
  EXPECT_EQ(at(deployment, "kubernetes/workload", "metadata.name"), "\"web\"");
  EXPECT_EQ(at(manifest, "kubernetes/pod-template", "spec.hostNetwork"), "true");
}

// Terraform's awscc provider: the tables of CloudFormation hold for its types, spelt its way.
TEST_F(AliasTest, CloudControlTypesAreThoseOfCloudFormation) {
  Value by_default = object({{"sse_algorithm", {}, text("aws:kms")}, {"kms_master_key_id", {}, reference("k.arn")}});
  Resource& bucket = resource(
      "awscc_s3_bucket", "b",
      {{"bucket_name", {}, text("logs")},
       {"acl", {}, text("public-read")},
       {"versioning_configuration", {}, object({{"status", {}, text("Enabled")}})},
       {"bucket_encryption", {},
        object({{"server_side_encryption_configuration", {},
                 list({object({{"server_side_encryption_by_default", {}, by_default}})})}})},
       {"tags", {}, list({object({{"key", {}, text("team")}, {"value", {}, text("web")}})})}});
  resource("awscc_s3_bucket_policy", "p",
           {{"bucket", {}, reference("awscc_s3_bucket.b.bucket_name")},
            {"policy_document", {}, text("{\"Statement\": [{\"Effect\": \"Deny\"}]}")}});
  Resource& plain = resource("awscc_s3_bucket", "plain", {});
  attach();
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "bucket"), "\"logs\"");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "acl"), "absent");  // a name of the other provider
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "versioning.enabled"), "true");
  EXPECT_EQ(at(bucket, "aws/s3/bucket",
               "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm"),
            "\"aws:kms\"");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "tags.team"), "\"web\"");
  EXPECT_EQ(at(bucket, "aws/s3/bucket", "policy.Statement[0].Effect"), "\"Deny\"");
  EXPECT_EQ(at(plain, "aws/s3/bucket", "versioning.enabled"), "false");
  EXPECT_EQ(at(plain, "aws/s3/bucket", "policy"), "absent");
}

TEST_F(AliasTest, CloudControlListsAndDocuments) {
  Value rule = object({{"cidr_ipv_6", {}, text("::/0")}, {"ip_protocol", {}, text("tcp")}});
  Resource& group =
      resource("awscc_ec2_security_group", "g", {{"security_group_ingress", {}, list({rule})}});
  Resource& role = resource("awscc_iam_role", "r",
                            {{"assume_role_policy_document", {}, text("{\"Statement\": {\"Effect\": \"Allow\"}}")}});
  Resource& unknown = resource("awscc_no_such_thing", "x", {});
  attach();
  EXPECT_EQ(at(group, "aws/ec2/security-group", "ingress[0].ipv6_cidr_blocks[0]"), "\"::/0\"");
  EXPECT_EQ(at(role, "aws/iam/role", "assume_role_policy.Statement.Effect"), "\"Allow\"");
  EXPECT_TRUE(unknown.views.empty());
}

TEST(AliasValues, SnakeCase) {
  EXPECT_EQ(snake_case("DBInstanceIdentifier"), "db_instance_identifier");
  EXPECT_EQ(snake_case("MultiAZ"), "multi_az");
  EXPECT_EQ(snake_case("KmsKeyId"), "kms_key_id");
  EXPECT_EQ(snake_case("TargetGroupARNs"), "target_group_arns");
  EXPECT_EQ(snake_case("S3BucketName"), "s3_bucket_name");
  EXPECT_EQ(snake_case("Ipv6CidrBlock"), "ipv6_cidr_block");
  EXPECT_EQ(snake_case("VPCSecurityGroups"), "vpc_security_groups");
}

TEST(AliasValues, EmbeddedJsonKeepsItsPlaces) {
  core::SourceSet sources;
  std::string file = "policy = <<EOF\n{\"a\": [1, \"x\"]}\nEOF\n";
  core::FileId id = sources.add("main.tf", file);
  core::Arena arena;
  Guards guards;
  AliasContext context{arena, guards, &sources};
  Value value = with_span(string_value(arena.copy(std::string_view("{\"a\": [1, \"x\"]}\n"))), {id, 9, 34});
  Value structure = coerce(value, Coercion::kJson, context);
  ASSERT_TRUE(structure.is_mapping());
  const Value* item = at_path(structure, "a[1]");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(sources.text(item->span), "\"x\"");
  EXPECT_TRUE(coerce(string_value("{not json"), Coercion::kJson, context).is_string());
  EXPECT_TRUE(coerce(string_value("plain"), Coercion::kJson, context).is_string());
  std::string deep(5000, '[');
  EXPECT_TRUE(coerce(string_value(deep), Coercion::kJson, context).is_string());
  auto escaped = parse_json_text("\"\\u00e9\\ud83d\\ude00\\n\"", {}, {}, nullptr, arena);
  ASSERT_TRUE(escaped.has_value());
  EXPECT_EQ(escaped->text(), "\xc3\xa9\xf0\x9f\x98\x80\n");
}

// Where a fix writes: names of the awscc provider, and nothing where it has no place for it.
TEST(AliasTables, CloudControlPlaces) {
  const AliasTables& tables = builtin_aliases();
  const NativeTable* bucket = tables.find_table("terraform", "awscc_s3_bucket", "aws/s3/bucket");
  ASSERT_NE(bucket, nullptr);
  EXPECT_EQ(tables.find_table("terraform", "awscc_s3_bucket", "aws/s3/bucket"), bucket);
  std::vector<NativePlace> places = native_places(*bucket, {}, parse_canonical_path("versioning.enabled"));
  ASSERT_EQ(places.size(), 1u);
  ASSERT_EQ(places[0].steps.size(), 2u);
  EXPECT_EQ(places[0].steps[0].key, "versioning_configuration");
  EXPECT_EQ(places[0].steps[1].key, "status");
  EXPECT_TRUE(native_places(*bucket, {}, parse_canonical_path("force_destroy")).empty());
  EXPECT_TRUE(tables.satellites("terraform", "awscc_s3_bucket", "aws/s3/bucket").empty());
  const NativeTable* balancer =
      tables.find_table("terraform", "awscc_elasticloadbalancingv2_load_balancer", "aws/elb/load-balancer");
  ASSERT_NE(balancer, nullptr);
  EXPECT_TRUE(native_places(*balancer, {}, parse_canonical_path("drop_invalid_header_fields")).empty());
  EXPECT_EQ(tables.find_table("terraform", "awscc_no_such", "aws/s3/bucket"), nullptr);
}

TEST(AliasTables, MistakesAreNamed) {
  AliasFile files[] = {{"x.alias",
                        "from terraform a\n"
                        "type a/b/c\n"
                        "default x = 1\n"
                        "from terraform t\n"
                        "  x <- y : nonsense\n"
                        "  gibberish\n"
                        "satellite terraform s by x = y\n"}};
  std::vector<std::string> errors;
  AliasTables::parse(files, &errors);
  ASSERT_GE(errors.size(), 5u);
  EXPECT_EQ(errors[0], "x.alias:1: a table begins with \"type\"");
  EXPECT_EQ(errors[1], "x.alias:3: a default names its source after #");
  EXPECT_EQ(errors[2], "x.alias:5: unknown coercion");
}

TEST(AliasTables, BuiltInTablesAreFlawless) {
  std::vector<std::string> errors;
  AliasTables tables = AliasTables::parse(alias_data(), &errors);
  for (const std::string& error : errors) ADD_FAILURE() << error;
  std::set<std::string> types;
  for (const AliasTables::TypeRow& row : tables.types()) types.insert(std::string(row.canonical));
  EXPECT_GE(types.size(), 120u);
  EXPECT_TRUE(types.count("aws/s3/bucket"));
}

// Collects "a.b.c" of every attribute and block of one schema line. The file is flat JSON lines, so
// the small reader of embedded documents serves.
void collect(const Value& block, const std::string& above, std::set<std::string>& out) {
  for (std::string_view part : {"attributes", "blocks"}) {
    const Value* names = block.find(part);
    if (names == nullptr) continue;
    for (const Entry& entry : names->entries()) {
      std::string path = above.empty() ? std::string(entry.key) : above + "." + std::string(entry.key);
      out.insert(path);
      if (part == "blocks") collect(entry.value, path, out);
    }
  }
}

TEST(AliasTables, TerraformPathsExistInTheSchemas) {
  const char* shared = std::getenv("ASSAY_SHARED");
  std::string directory = std::string(shared != nullptr ? shared : "../shared") + "/data/terraform-schema/";
  std::map<std::string, std::set<std::string>> schema;
  std::vector<AliasTables::NativePath> wanted = builtin_aliases().native_paths();
  std::set<std::string> types;
  for (const auto& path : wanted) types.insert(std::string(path.native));
  for (const auto& row : builtin_aliases().types()) {
    if (row.format == "terraform") types.insert(std::string(row.native));
  }
  for (const char* provider : {"aws", "azurerm", "google"}) {
    std::ifstream file(directory + provider + ".jsonl");
    if (!file) GTEST_SKIP() << "skipped: no schemas in " << directory;
    std::string line;
    while (std::getline(file, line)) {
      core::Arena arena;
      size_t name = line.find("\"type\":\"");
      if (name == std::string::npos) continue;
      std::string type = line.substr(name + 8, line.find('"', name + 8) - name - 8);
      if (line.rfind("{\"kind\":\"data\"", 0) == 0) type = "data." + type;
      if (types.count(type) == 0) continue;
      auto parsed = parse_json_text(line, {}, {}, nullptr, arena);
      ASSERT_TRUE(parsed.has_value()) << type;
      collect(*parsed, "", schema[type]);
    }
  }
  // Gone from the providers, not from configurations; or of a provider's beta.
  const std::set<std::string_view> retired = {"azurerm_sql_firewall_rule", "azurerm_mysql_firewall_rule",
                                              "azurerm_mariadb_firewall_rule", "azurerm_mysql_server",
                                              "azurerm_mariadb_server", "azurerm_data_lake_store",
                                              "azurerm_monitor_log_profile", "google_tpu_v2_vm",
                                              "google_vertex_ai_metadata_store"};
  // Of other providers there is no schema at hand.
  auto checked = [](std::string_view native) {
    if (native.substr(0, 5) == "data.") native.remove_prefix(5);
    std::string_view provider = native.substr(0, native.find('_'));
    return provider == "aws" || provider == "azurerm" || provider == "google";
  };
  for (const auto& row : builtin_aliases().types()) {
    if (row.format != "terraform" || retired.count(row.native) > 0 || !checked(row.native)) continue;
    EXPECT_TRUE(schema.count(std::string(row.native))) << row.native << " is no resource type";
  }
  for (const auto& path : wanted) {
    bool known = path.format == "terraform" && checked(path.native);
    if (!known || retired.count(path.native) > 0) continue;
    EXPECT_TRUE(schema[std::string(path.native)].count(path.path)) << path.native << " has no " << path.path;
  }
}

}  // namespace
}  // namespace assay::model
