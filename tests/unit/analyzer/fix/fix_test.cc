// Fixes from a rule's fence to the bytes of the file: every kind of edit, and every reason to offer none.
#include "analyzer/pipeline/fix/fix.h"

#include <gtest/gtest.h>

#include <map>

#include "analyzer/pipeline/fix/apply.h"
#include "rules/engine/evaluator.h"
#include "rules/lang/pack/pack.h"

namespace assay::pipeline {
namespace {

struct Outcome {
  std::map<std::string, std::string> texts;
  std::string why;       // of the last finding without a fix
  size_t findings = 0;   // in the original
  size_t left = 0;       // in the result
};

class FixTest : public ::testing::Test {
 protected:
  // A rule over one canonical type: its condition, its fix steps, and more front matter.
  void rule(std::string type, std::string condition, std::string steps, std::string front = "") {
    std::string text = "---\nid: TST0001\nname: test\nseverity: high\nprecision: high\nfix: safe\nresources: [" + type + "]\n" +
                       front + "---\n# T\n## How to fix\nSo.\n```cel\n" + condition + "\n```\n```fix\n" + steps + "\n```\n";
    file_ = rules::parse_rule_file("t.md", text);
    ASSERT_TRUE(file_.errors.empty()) << file_.errors[0].message;
    auto errors = rules::compile_rule(file_.rule);
    ASSERT_TRUE(errors.empty()) << errors[0].message;
  }

  Outcome apply(std::map<std::string, std::string> texts) {
    Outcome out;
    std::unique_ptr<Scan> scan = analyse(texts);
    out.findings = scan->report.findings.size();
    Fixer fixer(*scan);
    std::map<core::FileId, std::vector<rules::TextEdit>> edits;
    for (const rules::Finding& finding : scan->report.findings) {
      auto fix = fixer.fix(finding, &out.why);
      if (!fix) continue;
      for (const rules::TextEdit& edit : fix->edits) edits[edit.span.file].push_back(edit);
    }
    for (auto& [file, list] : edits) texts[scan->sources.path(file)] = with_edits(scan->sources.text(file), list);
    out.texts = texts;
    out.left = analyse(texts)->report.findings.size();
    return out;
  }

  // One file: its text after the fix; a finding must have been there and be gone.
  std::string fixed(const std::string& path, const std::string& text) {
    Outcome out = apply({{path, text}});
    EXPECT_GT(out.findings, 0u) << "no finding in\n" << text;
    EXPECT_EQ(out.left, 0u) << out.why << "\n" << out.texts[path];
    return out.texts[path];
  }
  // One file whose finding has no fix: why not. The text must stay.
  std::string refused(const std::string& path, const std::string& text) {
    Outcome out = apply({{path, text}});
    EXPECT_GT(out.findings, 0u) << "no finding in\n" << text;
    EXPECT_EQ(out.texts[path], text);
    return out.why;
  }

 private:
  std::unique_ptr<Scan> analyse(const std::map<std::string, std::string>& texts) {
    core::MemoryFileSystem files;
    for (const auto& [path, text] : texts) files.add_file("/x/" + path, text);
    ScanOptions options;
    options.paths = {"/x"};
    options.current_directory = "/x";
    options.rules_enabled = false;
    std::unique_ptr<Scan> out = scan(files, options);
    rules::RuleSet set;
    set.add(file_.rule);
    set.seal();
    out->rules = std::move(set);
    out->report.findings = rules::evaluate(out->project, out->rules, {}).findings;
    return out;
  }

  rules::RuleFile file_;
};

// ---- HCL

class HclFix : public FixTest {
 protected:
  void SetUp() override { rule("aws/rds/instance", "!resource.deletion_protection", "set deletion_protection = true"); }
};

TEST_F(HclFix, ReplacesALiteralAndKeepsWhatStandsAroundIt) {
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  deletion_protection   =   false # why: demo\n}\n"),
            "resource \"aws_db_instance\" \"d\" {\n  deletion_protection   =   true # why: demo\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = \"false\"\n}"),
            "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = \"true\"\n}");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = null\n}\n"),
            "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = true\n}\n");
}

TEST_F(HclFix, OpensBlocksOfOneLine) {
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {}  # why\n"),
            "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = true\n}  # why\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" { engine = \"mysql\" }\n"),
            "resource \"aws_db_instance\" \"d\" {\n  engine              = \"mysql\"\n  deletion_protection = true\n}\n");
  EXPECT_EQ(refused("a.tf", "resource \"aws_db_instance\" \"d\" { /* why */ }\n"), "a comment stands in a block of one line");
}

TEST_F(HclFix, AlignsWithNeighboursOrStartsAGroup) {
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  engine                    = \"mysql\" # 8\n  final_snapshot_identifier = \"s\"\n\n  timeouts {}\n}\n"),
            "resource \"aws_db_instance\" \"d\" {\n  engine                    = \"mysql\" # 8\n  final_snapshot_identifier = \"s\"\n  deletion_protection       = true\n\n  timeouts {}\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  engine = \"mysql\"\n  timeouts {}\n}\n"),
            "resource \"aws_db_instance\" \"d\" {\n  engine = \"mysql\"\n\n  deletion_protection = true\n\n  timeouts {}\n}\n");
}

TEST_F(HclFix, KeepsWindowsLinesTabsAndMissingLineEnds) {
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\r\n\tengine = \"mysql\"\r\n}"),
            "resource \"aws_db_instance\" \"d\" {\r\n\tengine = \"mysql\"\r\n\r\n\tdeletion_protection = true\r\n}");
  EXPECT_EQ(fixed("a.tf", "\xEF\xBB\xBFresource \"aws_db_instance\" \"d\" {\n}\n"),
            "\xEF\xBB\xBFresource \"aws_db_instance\" \"d\" {\n  deletion_protection = true\n}\n");
}

TEST_F(HclFix, PutsArgumentsBehindHeredocsAndComments) {
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  password = <<EOT\nx = 1\n}\nEOT\n  # the end\n}\n"),
            "resource \"aws_db_instance\" \"d\" {\n  password = <<EOT\nx = 1\n}\nEOT\n  deletion_protection = true\n  # the end\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" { # head\n  # only this\n}\n"),
            "resource \"aws_db_instance\" \"d\" { # head\n  deletion_protection = true\n  # only this\n}\n");
}

TEST_F(HclFix, LeavesWhatIsComputed) {
  EXPECT_EQ(refused("a.tf", "variable \"p\" {}\nresource \"aws_db_instance\" \"d\" {\n  deletion_protection = false && var.p\n}\n"),
            "its value is computed");
  EXPECT_EQ(refused("a.tf", "locals { on = false }\nresource \"aws_db_instance\" \"d\" {\n  deletion_protection = !(!local.on)\n}\n"),
            "its value is computed");
  EXPECT_EQ(refused("a.tf", "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = 1 > 2\n}\n"), "its value is computed");
}

TEST_F(HclFix, EditsTheLiteralThatServesThisAttributeOnly) {
  std::string use = "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = var.p\n}\n";
  EXPECT_EQ(fixed("a.tf", "variable \"p\" {\n  default = false # off\n}\n" + use), "variable \"p\" {\n  default = true # off\n}\n" + use);
  std::string twice = "variable \"p\" {\n  default = false\n}\n" + use + "output \"p\" { value = var.p }\n";
  EXPECT_EQ(refused("a.tf", twice), "its value is written elsewhere, where others use it too");
  std::string checked = "variable \"p\" {\n  default = false\n  validation {\n    condition     = var.q\n    error_message = \"No.\"\n  }\n}\nvariable \"q\" {\n  default = true\n}\n" + use;
  EXPECT_EQ(refused("a.tf", checked), "its value is written elsewhere, where others use it too");
  Outcome values = apply({{"a.tf", "variable \"p\" {}\n" + use}, {"terraform.tfvars", "p = false\n"}});
  EXPECT_EQ(values.texts["terraform.tfvars"], "p = true\n");
  EXPECT_EQ(values.left, 0u);
  Outcome module = apply({{"main.tf", "module \"m\" {\n  source = \"./m\"\n  p      = false\n}\n"}, {"m/a.tf", "variable \"p\" {}\n" + use}});
  EXPECT_EQ(module.texts["main.tf"], "module \"m\" {\n  source = \"./m\"\n  p      = true\n}\n");
  EXPECT_EQ(module.left, 0u);
}

TEST_F(HclFix, LeavesFilesWithSyntaxErrors) {
  EXPECT_EQ(refused("a.tf", "resource \"aws_db_instance\" \"d\" {\n  deletion_protection = false\n}\nresource \"x\" {\n"),
            "the file has syntax errors");
}

TEST_F(HclFix, TerraformInJson) {
  EXPECT_EQ(fixed("a.tf.json", "{\n\t\"resource\": {\"aws_db_instance\": {\"d\": {\n\t\t\"engine\": \"mysql\"\n\t}}}\n}\n"),
            "{\n\t\"resource\": {\"aws_db_instance\": {\"d\": {\n\t\t\"engine\": \"mysql\",\n\t\t\"deletion_protection\": true\n\t}}}\n}\n");
  EXPECT_EQ(fixed("a.tf.json", "{\"resource\": {\"aws_db_instance\": {\"d\": {\"deletion_protection\": false}}}}"),
            "{\"resource\": {\"aws_db_instance\": {\"d\": {\"deletion_protection\": true}}}}");
  std::string computed = "{\"variable\": {\"p\": {\"default\": false}, \"q\": {\"default\": true}}, \"resource\": {\"aws_db_instance\": {\"d\": {\"deletion_protection\": \"${var.p && var.q}\"}}}}";
  EXPECT_FALSE(refused("a.tf.json", computed).empty());
}

TEST_F(FixTest, MakesNestedBlocksOnce) {
  rule("aws/ec2/instance", "resource.metadata_options.http_tokens != \"required\"",
       "set metadata_options.http_tokens = \"required\"\nset metadata_options.http_put_response_hop_limit = 1\nset monitoring = true");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_instance\" \"i\" {\n  ami = \"a\"\n  # last\n}\n"),
            "resource \"aws_instance\" \"i\" {\n  ami = \"a\"\n\n  monitoring = true\n\n  metadata_options {\n    http_tokens                 = \"required\"\n    http_put_response_hop_limit = 1\n  }\n  # last\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_instance\" \"i\" {\n  monitoring = true\n  metadata_options {\n    http_endpoint = \"enabled\"\n  }\n}\n"),
            "resource \"aws_instance\" \"i\" {\n  monitoring = true\n  metadata_options {\n    http_endpoint = \"enabled\"\n\n    http_tokens                 = \"required\"\n    http_put_response_hop_limit = 1\n  }\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_instance\" \"i\" {\n  monitoring = true\n  dynamic \"metadata_options\" {\n    for_each = [1]\n    content {\n      http_put_response_hop_limit = 1\n      http_tokens                 = \"optional\"\n    }\n  }\n}\n"),
            "resource \"aws_instance\" \"i\" {\n  monitoring = true\n  dynamic \"metadata_options\" {\n    for_each = [1]\n    content {\n      http_put_response_hop_limit = 1\n      http_tokens                 = \"required\"\n    }\n  }\n}\n");
}

TEST_F(FixTest, ABlockThatNeedsMoreIsNotMade) {
  rule("aws/s3/bucket", "resource.logging == null", "set logging.target_prefix = \"x\"");
  EXPECT_NE(refused("a.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"), "");
}

TEST_F(FixTest, AddsElements) {
  rule("aws/eks/cluster", "!(\"audit\" in resource.enabled_cluster_log_types)", "add enabled_cluster_log_types = [\"audit\", \"api\"]");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_eks_cluster\" \"c\" {\n  enabled_cluster_log_types = [\"api\"] # few\n}\n"),
            "resource \"aws_eks_cluster\" \"c\" {\n  enabled_cluster_log_types = [\"api\", \"audit\"] # few\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_eks_cluster\" \"c\" {\n  enabled_cluster_log_types = [\n    \"api\",\n    \"scheduler\", # s\n  ]\n}\n"),
            "resource \"aws_eks_cluster\" \"c\" {\n  enabled_cluster_log_types = [\n    \"api\",\n    \"scheduler\",\n    \"audit\", # s\n  ]\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_eks_cluster\" \"c\" {\n  enabled_cluster_log_types = []\n}\n"),
            "resource \"aws_eks_cluster\" \"c\" {\n  enabled_cluster_log_types = [\"audit\", \"api\"]\n}\n");
}

TEST_F(FixTest, RemovesArgumentsAndKeepsTheirComments) {
  rule("aws/rds/instance", "resource.publicly_accessible", "remove publicly_accessible");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  engine = \"x\"\n  publicly_accessible = true\n  port = 1\n}\n"),
            "resource \"aws_db_instance\" \"d\" {\n  engine = \"x\"\n  port = 1\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_db_instance\" \"d\" {\n  publicly_accessible = true # demo\n}\n"),
            "resource \"aws_db_instance\" \"d\" {\n  # demo\n}\n");
}

TEST_F(FixTest, SettingsInResourcesOfTheirOwn) {
  rule("aws/s3/bucket", "!resource.versioning.enabled", "set versioning.enabled = true");
  std::string own = "resource \"aws_s3_bucket\" \"b\" {}\nresource \"aws_s3_bucket_versioning\" \"b\" {\n  bucket = aws_s3_bucket.b.id\n";
  EXPECT_EQ(fixed("a.tf", own + "  versioning_configuration {\n    status = \"Suspended\"\n  }\n}\n"),
            own + "  versioning_configuration {\n    status = \"Enabled\"\n  }\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_s3_bucket\" \"b\" {\n  versioning {\n    enabled = false\n  }\n}\n"),
            "resource \"aws_s3_bucket\" \"b\" {\n  versioning {\n    enabled = true\n  }\n}\n");
  EXPECT_EQ(refused("a.tf", "resource \"aws_s3_bucket\" \"b\" {}\n"),
            "it belongs in a resource of type aws_s3_bucket_versioning, which is not there");
}

TEST_F(FixTest, ElementsOfLists) {
  rule("aws/ec2/instance", "!item.encrypted", "set encrypted = true", "each: ebs_block_device\n");
  EXPECT_EQ(fixed("a.tf", "resource \"aws_instance\" \"i\" {\n  ebs_block_device {\n    device_name = \"a\"\n    encrypted   = true\n  }\n  ebs_block_device {\n    device_name = \"b\"\n  }\n}\n"),
            "resource \"aws_instance\" \"i\" {\n  ebs_block_device {\n    device_name = \"a\"\n    encrypted   = true\n  }\n  ebs_block_device {\n    device_name = \"b\"\n    encrypted   = true\n  }\n}\n");
  EXPECT_EQ(fixed("a.yaml", "Resources:\n  I:\n    Type: AWS::EC2::Instance\n    Properties:\n      BlockDeviceMappings:\n        - DeviceName: a\n          Ebs: {VolumeSize: 1}\n"),
            "Resources:\n  I:\n    Type: AWS::EC2::Instance\n    Properties:\n      BlockDeviceMappings:\n        - DeviceName: a\n          Ebs: {VolumeSize: 1, Encrypted: true}\n");
}

// ---- CloudFormation

class CfnFix : public FixTest {
 protected:
  void SetUp() override { rule("aws/s3/bucket", "!resource.versioning.enabled", "set versioning.enabled = true"); }
  std::string bucket(const std::string& properties) { return "Resources:\n  B:\n    Type: AWS::S3::Bucket\n" + properties; }
};

TEST_F(CfnFix, BlockStyle) {
  EXPECT_EQ(fixed("a.yaml", bucket("    Properties:\n      VersioningConfiguration:\n        Status: 'Suspended' # off\n")),
            bucket("    Properties:\n      VersioningConfiguration:\n        Status: 'Enabled' # off\n"));
  EXPECT_EQ(fixed("a.yaml", bucket("    Properties:\n      BucketName: b   # name\n  # next\n  T:\n    Type: AWS::SNS::Topic\n")),
            bucket("    Properties:\n      BucketName: b   # name\n      VersioningConfiguration:\n        Status: Enabled\n  # next\n  T:\n    Type: AWS::SNS::Topic\n"));
  EXPECT_EQ(fixed("a.yaml", bucket("    Properties:\n        BucketName: b\n        AccessControl: |\n          Private\n")),
            bucket("    Properties:\n        BucketName: b\n        AccessControl: |\n          Private\n        VersioningConfiguration:\n          Status: Enabled\n"));
}

TEST_F(CfnFix, WithoutProperties) {
  EXPECT_EQ(fixed("a.yaml", bucket("")), bucket("    Properties:\n      VersioningConfiguration:\n        Status: Enabled\n"));
  EXPECT_EQ(fixed("a.yaml", "Resources:\r\n  B:\r\n    Type: AWS::S3::Bucket"),
            "Resources:\r\n  B:\r\n    Type: AWS::S3::Bucket\r\n    Properties:\r\n      VersioningConfiguration:\r\n        Status: Enabled");
  EXPECT_EQ(fixed("a.yaml", bucket("    Properties: {}\n")), bucket("    Properties: {VersioningConfiguration: {Status: \"Enabled\"}}\n"));
}

TEST_F(CfnFix, FlowStyle) {
  EXPECT_EQ(fixed("a.yaml", bucket("    Properties: {BucketName: b, VersioningConfiguration: {Status: Suspended}} # x\n")),
            bucket("    Properties: {BucketName: b, VersioningConfiguration: {Status: Enabled}} # x\n"));
  EXPECT_EQ(fixed("a.yaml", bucket("    Properties: { BucketName: b }\n")),
            bucket("    Properties: { BucketName: b, VersioningConfiguration: {Status: \"Enabled\"} }\n"));
}

TEST_F(CfnFix, Json) {
  EXPECT_EQ(fixed("a.json", "{\"Resources\": {\"B\": {\"Type\": \"AWS::S3::Bucket\"}}}"),
            "{\"Resources\": {\"B\": {\"Type\": \"AWS::S3::Bucket\", \"Properties\": {\"VersioningConfiguration\": {\"Status\": \"Enabled\"}}}}}");
  EXPECT_EQ(fixed("a.json", "{\n\t\"Resources\": {\n\t\t\"B\": {\n\t\t\t\"Type\": \"AWS::S3::Bucket\",\n\t\t\t\"Properties\": {\n\t\t\t\t\"BucketName\": \"b\"\n\t\t\t}\n\t\t}\n\t}\n}\n"),
            "{\n\t\"Resources\": {\n\t\t\"B\": {\n\t\t\t\"Type\": \"AWS::S3::Bucket\",\n\t\t\t\"Properties\": {\n\t\t\t\t\"BucketName\": \"b\",\n\t\t\t\t\"VersioningConfiguration\": {\n\t\t\t\t\t\"Status\": \"Enabled\"\n\t\t\t\t}\n\t\t\t}\n\t\t}\n\t}\n}\n");
}

TEST_F(CfnFix, LeavesWhatIsComputed) {
  EXPECT_FALSE(refused("a.yaml", "Conditions:\n  C: !Equals [a, a]\n" + bucket("    Properties:\n      VersioningConfiguration:\n        Status: !If [C, Suspended, Suspended]\n")).empty());
  EXPECT_FALSE(refused("a.yaml", bucket("    Properties:\n      VersioningConfiguration: !If [C, {Status: Suspended}, {Status: Suspended}]\n")).empty());
}

TEST_F(CfnFix, ParametersThatServeNothingElse) {
  std::string use = bucket("    Properties:\n      VersioningConfiguration:\n        Status: !Ref State\n");
  Outcome out = apply({{"a.yaml", "Parameters:\n  State:\n    Type: String\n    Default: Suspended\n    AllowedValues: [Suspended]\n" + use}});
  EXPECT_EQ(out.texts["a.yaml"], "Parameters:\n  State:\n    Type: String\n    Default: Suspended\n    AllowedValues: [Suspended]\n" + use);
}

TEST_F(FixTest, ListsOfKeysAndValues) {
  rule("aws/elb/load-balancer", "!resource.enable_deletion_protection", "set enable_deletion_protection = true");
  std::string head = "Resources:\n  L:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties:\n";
  EXPECT_EQ(fixed("a.yaml", head + "      LoadBalancerAttributes:\n        - Key: deletion_protection.enabled\n          Value: 'false'\n"),
            head + "      LoadBalancerAttributes:\n        - Key: deletion_protection.enabled\n          Value: 'true'\n");
  EXPECT_EQ(fixed("a.yaml", head + "      LoadBalancerAttributes:\n        - Key: idle_timeout.timeout_seconds\n          Value: '4'\n"),
            head + "      LoadBalancerAttributes:\n        - Key: idle_timeout.timeout_seconds\n          Value: '4'\n        - Key: deletion_protection.enabled\n          Value: \"true\"\n");
  EXPECT_EQ(fixed("a.yaml", head + "      Name: l\n"),
            head + "      Name: l\n      LoadBalancerAttributes:\n        - Key: deletion_protection.enabled\n          Value: \"true\"\n");
}

// ---- Kubernetes

class KubernetesFix : public FixTest {
 protected:
  void SetUp() override {
    rule("kubernetes/pod-template", "item.securityContext.allowPrivilegeEscalation != false",
         "set securityContext.allowPrivilegeEscalation = false\nset securityContext.capabilities.drop = [\"ALL\"]", "each: containers\n");
  }
  std::string pod(const std::string& container) {
    return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n" + container;
  }
};

TEST_F(KubernetesFix, BlockAndFlow) {
  EXPECT_EQ(fixed("a.yaml", pod("    image: i # pinned\n  restartPolicy: Never\n")),
            pod("    image: i # pinned\n    securityContext:\n      allowPrivilegeEscalation: false\n      capabilities:\n        drop: [\"ALL\"]\n  restartPolicy: Never\n"));
  EXPECT_EQ(fixed("a.yaml", pod("    securityContext: {allowPrivilegeEscalation: true, capabilities: {drop: [NET_RAW]}}\n")),
            pod("    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [\"ALL\"]}}\n"));
  EXPECT_EQ(fixed("a.yaml", pod("    securityContext:\n      capabilities:\n        drop:\n        - NET_RAW\n")),
            pod("    securityContext:\n      capabilities:\n        drop:\n        - ALL\n      allowPrivilegeEscalation: false\n"));
  EXPECT_EQ(fixed("a.yaml", pod("    securityContext:\n")),
            pod("    securityContext:\n      allowPrivilegeEscalation: false\n      capabilities:\n        drop: [\"ALL\"]\n"));
}

TEST_F(KubernetesFix, TheRightDocumentAndContainer) {
  std::string two = pod("    securityContext: {allowPrivilegeEscalation: false}\n  - name: d\n    image: i\n");
  EXPECT_EQ(fixed("a.yaml", two + "---\n" + pod("    securityContext: {allowPrivilegeEscalation: false}\n")),
            two + "    securityContext:\n      allowPrivilegeEscalation: false\n      capabilities:\n        drop: [\"ALL\"]\n---\n" +
                pod("    securityContext: {allowPrivilegeEscalation: false}\n"));
}

TEST_F(KubernetesFix, ItemsOfListsAndKeysOverMerges) {
  std::string item = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\n  spec:\n    containers:\n    - name: c\n";
  EXPECT_EQ(fixed("a.yaml", item + "- apiVersion: v1\n  kind: Namespace\n  metadata: {name: n}\n"),
            item + "      securityContext:\n        allowPrivilegeEscalation: false\n        capabilities:\n          drop: [\"ALL\"]\n" +
                "- apiVersion: v1\n  kind: Namespace\n  metadata: {name: n}\n");
  std::string base = "x-base: &base\n  allowPrivilegeEscalation: true\n  capabilities: {drop: [ALL]}\n";
  EXPECT_EQ(fixed("a.yaml", base + pod("    securityContext:\n      <<: *base\n")),
            base + pod("    securityContext:\n      <<: *base\n      allowPrivilegeEscalation: false\n"));
}

TEST_F(KubernetesFix, NothingThroughAliases) {
  std::string shared = "    securityContext: &s\n      allowPrivilegeEscalation: true\n  - name: d\n    securityContext: *s\n";
  EXPECT_FALSE(refused("a.yaml", pod(shared)).empty());
  EXPECT_EQ(fixed("a.yaml", pod("    securityContext: &s\n      allowPrivilegeEscalation: true\n      capabilities: {drop: [ALL]}\n")),
            pod("    securityContext: &s\n      allowPrivilegeEscalation: false\n      capabilities: {drop: [ALL]}\n"));
}

TEST_F(KubernetesFix, Json) {
  EXPECT_EQ(fixed("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": {\"containers\": [{\"name\": \"c\"}]}}\n"),
            "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": {\"containers\": [{\"name\": \"c\", \"securityContext\": {\"allowPrivilegeEscalation\": false, \"capabilities\": {\"drop\": [\"ALL\"]}}}]}}\n");
}

TEST_F(KubernetesFix, ObjectsInTerraform) {
  EXPECT_EQ(fixed("a.tf", "resource \"kubernetes_pod_v1\" \"p\" {\n  metadata {\n    name = \"p\"\n  }\n  spec {\n    container {\n      name  = \"c\"\n      image = \"i\"\n    }\n  }\n}\n"),
            "resource \"kubernetes_pod_v1\" \"p\" {\n  metadata {\n    name = \"p\"\n  }\n  spec {\n    container {\n      name  = \"c\"\n      image = \"i\"\n\n      security_context {\n        allow_privilege_escalation = false\n\n        capabilities {\n          drop = [\"ALL\"]\n        }\n      }\n    }\n  }\n}\n");
  EXPECT_EQ(fixed("a.tf", "resource \"kubernetes_manifest\" \"p\" {\n  manifest = {\n    apiVersion = \"v1\"\n    kind       = \"Pod\"\n    metadata   = { name = \"p\" }\n    spec = {\n      containers = [{ name = \"c\" }]\n    }\n  }\n}\n"),
            "resource \"kubernetes_manifest\" \"p\" {\n  manifest = {\n    apiVersion = \"v1\"\n    kind       = \"Pod\"\n    metadata   = { name = \"p\" }\n    spec = {\n      containers = [{ name = \"c\", securityContext = { allowPrivilegeEscalation = false, capabilities = { drop = [\"ALL\"] } } }]\n    }\n  }\n}\n");
}

TEST_F(FixTest, OfThePodAndItsWorkload) {
  rule("kubernetes/pod-template", "resource.spec.hostPID", "set spec.hostPID = false\nset workload.metadata.labels[\"a/b\"] = \"true\"");
  std::string head = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n";
  std::string spec = "spec:\n  template:\n    spec:\n      hostPID: ";
  EXPECT_EQ(fixed("a.yaml", head + spec + "true\n      containers: []\n"),
            head + "  labels:\n    a/b: \"true\"\n" + spec + "false\n      containers: []\n");
}

TEST_F(FixTest, RemovesPairs) {
  rule("kubernetes/pod-template", "resource.spec.hostIPC", "remove spec.hostIPC");
  std::string head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n";
  EXPECT_EQ(fixed("a.yaml", head + "  hostIPC: true # demo\n  containers: []\n"), head + "  # demo\n  containers: []\n");
  EXPECT_EQ(fixed("a.yaml", head + "  containers: []\n  hostIPC: true\n"), head + "  containers: []\n");
  EXPECT_EQ(fixed("a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": {\"hostIPC\": true, \"containers\": []}}"),
            "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": {\"containers\": []}}");
}

}  // namespace
}  // namespace assay::pipeline
