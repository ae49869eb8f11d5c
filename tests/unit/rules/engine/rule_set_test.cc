#include "rules/engine/rule_set.h"

#include <gtest/gtest.h>

namespace assay::rules {
namespace {

RuleInfo bucket() {
  RuleInfo out;
  out.id = "AWS0101";
  out.name = "s3-public-acl";
  out.resources = {"aws/s3/bucket"};
  out.aliases = {{"checkov", "CKV_AWS_20"}, {"trivy", "AVD-AWS-0092"}};
  return out;
}

TEST(NamesRule, ByIdNameAndAlias) {
  for (const char* pattern : {"AWS0101", "aws0101", "s3-public-acl", "S3-Public-ACL", "CKV_AWS_20", "avd-aws-0092",
                              "checkov:CKV_AWS_20", "Trivy:AVD-AWS-0092"}) {
    EXPECT_TRUE(names_rule(pattern, bucket())) << pattern;
  }
  for (const char* pattern : {"AWS010", "AWS01011", "", "CKV_AWS_2", "checkov:AVD-AWS-0092", "trivy:CKV_AWS_20",
                              "kics:CKV_AWS_20", "checkov:AWS0101", "checkov:", ":"}) {
    EXPECT_FALSE(names_rule(pattern, bucket())) << pattern;
  }
}

TEST(NamesRule, ByGlob) {
  for (const char* pattern : {"*", "AWS*", "aws01??", "s3-*", "*-acl", "CKV_AWS_*", "checkov:*", "checkov:CKV_AWS_2?"}) {
    EXPECT_TRUE(names_rule(pattern, bucket())) << pattern;
  }
  for (const char* pattern : {"AWS??", "KUB*", "s4-*", "trivy:CKV*"}) {
    EXPECT_FALSE(names_rule(pattern, bucket())) << pattern;
  }
}

TEST(RuleSet, IsSortedAndIndexedByType) {
  RuleSet set;
  for (const char* id : {"TST0003", "TST0001", "TST0002"}) {
    Rule rule;
    rule.info.id = id;
    rule.info.resources = {"a"};
    if (rule.info.id != "TST0001") rule.info.resources.push_back("b");
    set.add(std::move(rule));
  }
  set.seal();
  ASSERT_EQ(set.rules().size(), 3u);
  EXPECT_EQ(set.rules()[0].info.id, "TST0001");
  EXPECT_EQ(set.for_type(core::Symbol("a")).size(), 3u);
  ASSERT_EQ(set.for_type(core::Symbol("b")).size(), 2u);
  EXPECT_EQ(set.for_type(core::Symbol("b"))[0], 1u);
  EXPECT_TRUE(set.for_type(core::Symbol("c")).empty());
  ASSERT_NE(set.find("TST0002"), nullptr);
  EXPECT_EQ(set.find("TST0002")->info.id, "TST0002");
  EXPECT_EQ(set.find("tst0002"), nullptr);
}

TEST(SuggestRule, TheClosestIdNameOrAlias) {
  Rule rule;
  rule.info = bucket();
  std::vector<Rule> rules{rule};
  EXPECT_EQ(suggest_rule("AWS0110", rules), "AWS0101");
  EXPECT_EQ(suggest_rule("s3-public-alc", rules), "s3-public-acl");
  EXPECT_EQ(suggest_rule("CKV_AWS_21", rules), "CKV_AWS_20");
  EXPECT_EQ(suggest_rule("something-else-entirely", rules), "");
  EXPECT_EQ(suggest_rule("x", {}), "");
}

}  // namespace
}  // namespace assay::rules
