#include "rules/engine/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

namespace assay::rules {
namespace {

class FingerprintTest : public ::testing::Test {
 protected:
  FingerprintTest() {
    for (const char* id : {"TST0001", "TST0002"}) {
      Rule rule;
      rule.info.id = id;
      set_.add(std::move(rule));
    }
    set_.seal();
  }
  Finding finding(std::string address, std::string attribute = "acl", uint32_t rule = 0) {
    Finding out;
    out.rule = rule;
    out.resource.format = "terraform";
    out.resource.address = std::move(address);
    out.attribute = std::move(attribute);
    return out;
  }
  std::vector<std::string> of(std::vector<Finding> findings) {
    core::SourceSet sources;
    add_fingerprints(findings, set_, sources);
    std::vector<std::string> out;
    for (const Finding& one : findings) out.push_back(one.fingerprint);
    return out;
  }
  RuleSet set_;
};

TEST_F(FingerprintTest, IsThirtyTwoHexDigits) {
  std::string one = of({finding("aws_s3_bucket.b")})[0];
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(one.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(one, of({finding("aws_s3_bucket.b")})[0]);
}

TEST_F(FingerprintTest, LinesFilesAndInstanceKeysDoNotEnter) {
  Finding moved = finding("aws_s3_bucket.b");
  moved.region = {7, 100, 200};
  moved.message = "other words";
  EXPECT_EQ(of({moved}), of({finding("aws_s3_bucket.b")}));
  EXPECT_EQ(of({finding("aws_s3_bucket.b[0]")}), of({finding("aws_s3_bucket.b[\"x\"]")}));
  EXPECT_EQ(of({finding("module.a[\"x\"].t.b")}), of({finding("module.a[\"y\"].t.b")}));
  EXPECT_EQ(of({finding("t.b[\"a]b\"].x")}), of({finding("t.b[\"c\"].x")}));
  EXPECT_EQ(of({finding("t.b", "ingress[0].cidr[1]")}), of({finding("t.b", "ingress[3].cidr[0]")}));
}

TEST_F(FingerprintTest, WhatTellsFindingsApartEnters) {
  std::set<std::string> all;
  Finding kubernetes = finding("t.b");
  kubernetes.resource.format = "kubernetes";
  for (const Finding& one : {finding("t.b"), finding("t.c"), finding("module.m.t.b"), finding("t.b", "policy"),
                             finding("t.b", "acl", 1), kubernetes}) {
    all.insert(of({one})[0]);
  }
  EXPECT_EQ(all.size(), 6u);
}

TEST_F(FingerprintTest, NoTwoFindingsOfOneScanShareIt) {
  std::vector<Finding> same(50, finding("t.b[0]"));
  std::vector<std::string> out = of(same);
  EXPECT_EQ(std::set<std::string>(out.begin(), out.end()).size(), 50u);
  // A finding more behind does not change those before.
  std::vector<std::string> more = of(std::vector<Finding>(51, finding("t.b[0]")));
  EXPECT_TRUE(std::equal(out.begin(), out.end(), more.begin()));
}

}  // namespace
}  // namespace assay::rules
