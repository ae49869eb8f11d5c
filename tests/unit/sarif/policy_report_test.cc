// Policy reports: which object each is about, what counts as what, names and sizes that an API server takes.
#include "sarif/policy_report.h"

#include <nlohmann/json.hpp>

#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

using nlohmann::json;

class PolicyReportTest : public ReportTest {
 protected:
  json items() {
    WriteOptions options;
    options.left_out = &left_out_;
    json out = json::parse(write_policy_report(report_, options));
    EXPECT_EQ(out["kind"], "List");
    EXPECT_EQ(out["apiVersion"], "v1");
    return out["items"];
  }
  static rules::ResourceRef object(std::string address, std::string type, std::string name) {
    return {std::move(address), std::move(type), std::move(name), "kubernetes", {}, {}, {}};
  }
  rules::Finding& add(rules::ResourceRef resource, uint32_t rule = 0) {
    if (sources_.size() == 0) file("all.yaml", "privileged: true\n");
    rules::Finding& out = finding(at(0, "true"), rule);
    resource.extent = at(0, "privileged: true");
    out.resource = std::move(resource);
    out.attribute = "spec.containers[0].securityContext.privileged";
    return out;
  }
  rules::JudgedResource& judge(const rules::ResourceRef& resource, uint64_t rules) {
    rules::JudgedResource judged;
    judged.resource = resource;
    judged.rules = rules;
    report_.judged.push_back(judged);
    return report_.judged.back();
  }

  std::vector<std::string> left_out_;
};

TEST_F(PolicyReportTest, AnObjectOfANamespace) {
  rules::Finding& one = add(object("Deployment.prod.web", "apps/v1/Deployment", "web"));
  one.depends_on = {"var.x"};
  json out = items();
  ASSERT_EQ(out.size(), 1u);
  const json& report = out[0];
  EXPECT_EQ(report["apiVersion"], "wgpolicyk8s.io/v1alpha2");
  EXPECT_EQ(report["kind"], "PolicyReport");
  EXPECT_EQ(report["metadata"]["namespace"], "prod");
  EXPECT_EQ(report["metadata"]["labels"]["app.kubernetes.io/managed-by"], "assay");
  EXPECT_FALSE(report["metadata"].contains("ownerReferences"));
  EXPECT_EQ(report["scope"], (json{{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}, {"namespace", "prod"}}));
  EXPECT_EQ(report["summary"], (json{{"pass", 0}, {"fail", 1}, {"warn", 0}, {"error", 0}, {"skip", 0}}));
  const json& result = report["results"][0];
  EXPECT_EQ(result["source"], "assay");
  EXPECT_EQ(result["policy"], "TST0001");
  EXPECT_EQ(result["rule"], "public-acl");
  EXPECT_EQ(result["category"], "tst");
  EXPECT_EQ(result["severity"], "high");
  EXPECT_EQ(result["result"], "fail");
  EXPECT_EQ(result["scored"], true);
  EXPECT_EQ(result["message"], "the bucket is public");
  EXPECT_EQ(result["resources"], json::array({report["scope"]}));
  EXPECT_EQ(result["properties"]["attribute"], "spec.containers[0].securityContext.privileged");
  EXPECT_EQ(result["properties"]["file"], "all.yaml");
  EXPECT_EQ(result["properties"]["line"], "1");
  EXPECT_EQ(result["properties"]["column"], "13");
  EXPECT_EQ(result["properties"]["dependsOn"], "var.x");
  EXPECT_EQ(result["properties"]["help"], "Make it private.");
  EXPECT_FALSE(result.contains("timestamp"));
  for (const auto& [key, value] : result["properties"].items()) EXPECT_TRUE(value.is_string()) << key;
}

TEST_F(PolicyReportTest, AnObjectWithoutANamespace) {
  add(object("ClusterRole.system:a.b", "rbac.authorization.k8s.io/v1/ClusterRole", "system:a.b"));
  json report = items()[0];
  EXPECT_EQ(report["kind"], "ClusterPolicyReport");
  EXPECT_FALSE(report["metadata"].contains("namespace"));
  EXPECT_EQ(report["scope"]["name"], "system:a.b");
  EXPECT_TRUE(report["metadata"]["name"].get<std::string>().starts_with("assay-clusterrole-system-a-b-"));
}

TEST_F(PolicyReportTest, VerdictsBecomeResults) {
  rules::ResourceRef web = object("Pod.prod.web", "v1/Pod", "web");
  add(web).verdict = rules::Verdict::kMaybe;
  add(web).severity = rules::Severity::kCritical;
  add(web).suppressed = rules::Suppression{"inSource", "fine until spring", "2027-04-01", {}};
  add(web).baseline = "unchanged";
  json report = items()[0];
  EXPECT_EQ(report["summary"], (json{{"pass", 0}, {"fail", 1}, {"warn", 1}, {"error", 0}, {"skip", 2}}));
  // What matters most comes first.
  EXPECT_EQ(report["results"][0]["severity"], "critical");
  EXPECT_EQ(report["results"][1]["result"], "warn");
  EXPECT_EQ(report["results"][1]["scored"], false);
  EXPECT_EQ(report["results"][2]["properties"]["reason"], "fine until spring");
  EXPECT_EQ(report["results"][2]["properties"]["until"], "2027-04-01");
  EXPECT_FALSE(report["results"][2]["properties"].contains("help"));
  EXPECT_EQ(report["results"][3]["properties"]["baseline"], "unchanged");
}

TEST_F(PolicyReportTest, WhatPassedIsCounted) {
  rules::Finding one = add(object("Pod.default.a", "v1/Pod", "a"));
  add(object("Pod.default.a", "v1/Pod", "a"));  // the same rule once more
  rules::JudgedResource& judged = judge(one.resource, 10);
  judged.uid = "1b2c";
  judged.failed = {{"TST0009", "limit reached"}};
  rules::ResourceRef clean = object("Pod.prod.b", "v1/Pod", "b");
  clean.extent = one.resource.extent;
  judge(clean, 9).name_space = "prod";
  json out = items();
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0]["summary"], (json{{"pass", 10}, {"fail", 2}, {"warn", 0}, {"error", 1}, {"skip", 0}}));
  EXPECT_EQ(out[0]["results"][2]["result"], "error");
  EXPECT_EQ(out[0]["results"][2]["policy"], "TST0009");
  EXPECT_EQ(out[0]["results"][2]["message"], "limit reached");
  // No namespace was written: kubectl's own is as good.
  EXPECT_FALSE(out[0]["metadata"].contains("namespace"));
  EXPECT_EQ(out[0]["kind"], "PolicyReport");
  EXPECT_EQ(out[0]["metadata"]["ownerReferences"][0],
            (json{{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", "a"}, {"uid", "1b2c"}}));
  EXPECT_EQ(out[1]["summary"]["pass"], 9);
  EXPECT_EQ(out[1]["metadata"]["namespace"], "prod");
  EXPECT_EQ(out[1]["results"], json::array());
}

TEST_F(PolicyReportTest, OneReportPerObjectWhateverTheFile) {
  rules::Finding first = add(object("Pod.prod.web", "v1/Pod", "web"));
  core::FileId other = file("other.yaml", "x: true\n");
  rules::Finding second = first;
  second.region = second.resource.extent = at(other, "true");
  second.resource.address = "Pod.prod.web#2";
  report_.findings.push_back(second);
  json out = items();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0]["summary"]["fail"], 2);
}

TEST_F(PolicyReportTest, WhatIsNoObjectHasAReportWithoutScope) {
  file("main.tf", "acl = \"public\"\n");
  finding(at(0, "\"public\""));                      // aws_s3_bucket.b
  finding(at(0, "acl"), 1).resource = {};             // of the file itself
  report_.problems.push_back({core::ProblemSeverity::kError, "hcl-syntax", "a brace is missing", {0, 0, 1}, {}, {}});
  report_.problems.push_back({core::ProblemSeverity::kNote, "note", "never mind", {0, 0, 1}, {}, {}});
  json out = items();
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0]["kind"], "ClusterPolicyReport");
  EXPECT_FALSE(out[0].contains("scope"));
  EXPECT_EQ(out[0]["metadata"]["annotations"]["assay/resource"], "aws_s3_bucket.b");
  EXPECT_FALSE(out[0]["results"][0].contains("resources"));
  EXPECT_EQ(out[1]["metadata"]["annotations"], (json{{"assay/file", "main.tf"}}));
  EXPECT_EQ(out[1]["summary"], (json{{"pass", 0}, {"fail", 1}, {"warn", 0}, {"error", 1}, {"skip", 0}}));
  EXPECT_EQ(out[1]["results"][1]["policy"], "hcl-syntax");
  EXPECT_NE(out[0]["metadata"]["name"], out[1]["metadata"]["name"]);
}

TEST_F(PolicyReportTest, AReportFitsIntoACluster) {
  for (int i = 0; i < 2000; ++i) add(object("Pod.prod.web", "v1/Pod", "web")).message = std::string(500, 'x');
  std::string text = write_policy_report(report_, {});
  EXPECT_LT(text.size(), 256u * 1024);
  json report = items()[0];
  EXPECT_EQ(report["summary"]["fail"], 2000);
  size_t listed = report["results"].size();
  EXPECT_GT(listed, 100u);
  EXPECT_EQ(report["metadata"]["annotations"]["assay/results-left-out"], std::to_string(2000 - listed));
  ASSERT_EQ(left_out_.size(), 1u);
  EXPECT_NE(left_out_[0].find("Pod web"), std::string::npos) << left_out_[0];
}

TEST_F(PolicyReportTest, SecretsStayHidden) {
  file("a.yaml", "key: AKIA5T3QJ7ZKX2M4PLWB\n");
  rules::Finding& one = finding(at(0, "AKIA5T3QJ7ZKX2M4PLWB"), 1);
  one.resource = object("Secret.prod.s", "v1/Secret", "s");
  one.message = "the key AKIA5T3QJ7ZKX2M4PLWB is written here";
  EXPECT_EQ(write_policy_report(report_, {}).find("AKIA5T3QJ7ZKX2M4PLWB"), std::string::npos);
}

TEST_F(PolicyReportTest, NothingIsAnEmptyList) { EXPECT_EQ(items(), json::array()); }

TEST(ReportNameTest, IsAName) {
  for (std::string title : {"ClusterRole-system:controller:horizontal-pod-autoscaler-with-a-very-long-name-indeed", "--..--", "",
                            "\xed\x95\x9c\xea\xb5\xad", "Pod-x"}) {
    std::string name = report_name(title, title);
    EXPECT_LE(name.size(), 63u);
    EXPECT_TRUE(name.starts_with("assay-"));
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << name;
    EXPECT_NE(name.back(), '-');
  }
  EXPECT_NE(report_name("Pod-x", "a"), report_name("Pod-x", "b"));
  EXPECT_EQ(report_name("Pod-x", "a"), report_name("Pod-x", "a"));
}

TEST(PolicySubjectTest, ReadsAddresses) {
  rules::ResourceRef ref;
  ref.format = "kubernetes";
  ref.type = "v1/Pod";
  ref.name = "a.b";
  ref.address = "Pod.prod.a.b#12";
  PolicySubject subject = policy_subject(ref, nullptr);
  EXPECT_EQ(subject.api_version, "v1");
  EXPECT_EQ(subject.name_space, "prod");
  EXPECT_FALSE(subject.cluster_scoped);
  ref.name.clear();
  EXPECT_FALSE(policy_subject(ref, nullptr).is_object());
  ref.format = "terraform";
  ref.name = "a";
  EXPECT_FALSE(policy_subject(ref, nullptr).is_object());
}

}  // namespace
}  // namespace assay::report
