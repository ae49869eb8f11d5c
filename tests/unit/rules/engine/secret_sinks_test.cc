#include "rules/engine/secret_sinks.h"

#include <gtest/gtest.h>

namespace assay::rules {
namespace {

constexpr core::Span kLiteral{1, 40, 60};

class SecretSinksTest : public ::testing::Test {
 protected:
  enum Which : uint32_t { kOther, kDatabase, kVariable, kOutput };  // rules are sorted by id
  SecretSinksTest() {
    add("SEC0006", "high", {"CWE-798"}, true);
    add("SEC0005", "very-high", {"CWE-798", "CWE-259"}, true);
    add("SEC0008", "high", {"CWE-532"}, true);
    add("AWS0001", "very-high", {"CWE-798"}, false);
    set_.seal();
  }
  void add(std::string id, std::string precision, std::vector<std::string> cwe, bool secret) {
    Rule rule;
    rule.info.name = "rule-" + id;
    rule.info.id = std::move(id);
    rule.info.severity = Severity::kHigh;
    rule.info.precision = std::move(precision);
    rule.info.cwe = std::move(cwe);
    if (secret) rule.info.tags = {std::string(kSecretTag)};
    set_.add(std::move(rule));
  }
  static Finding found(Which rule, std::string address, size_t hops, core::Span region = kLiteral) {
    Finding out;
    out.rule = rule;
    out.severity = Severity::kHigh;
    out.resource.address = std::move(address);
    out.attribute = "password";
    out.region = region;
    for (size_t i = 0; i < hops; ++i) out.origin.push_back({i == 0 ? region : core::Span{1, 100, 101}, "hop"});
    return out;
  }
  std::vector<Finding> merged(std::vector<Finding> findings) {
    merge_secret_sinks(findings, set_);
    return findings;
  }
  RuleSet set_;
};

TEST_F(SecretSinksTest, OneLiteralIsOneFinding) {
  std::vector<Finding> out = merged({found(kVariable, "var.password", 0), found(kDatabase, "aws_db_instance.d", 5),
                                     found(kDatabase, "aws_db_instance.e", 3)});
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].rule, kDatabase);
  EXPECT_EQ(out[0].resource.address, "aws_db_instance.d");
  ASSERT_EQ(out[0].related.size(), 2u);
  EXPECT_EQ(out[0].related[0].message, "also SEC0005 (rule-SEC0005) in aws_db_instance.e, password");
  EXPECT_EQ(out[0].related[1].message, "also SEC0006 (rule-SEC0006) in var.password, password");
}

TEST_F(SecretSinksTest, TheSurestSpeaksForAll) {
  Finding maybe = found(kDatabase, "aws_db_instance.d", 5);
  maybe.verdict = Verdict::kMaybe;
  std::vector<Finding> out = merged({found(kVariable, "var.password", 0), maybe});
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].rule, kVariable);
  EXPECT_EQ(out[0].verdict, Verdict::kFail);
}

TEST_F(SecretSinksTest, OtherWeaknessesRulesAndPlacesStay) {
  Finding suppressed = found(kVariable, "var.password", 0);
  suppressed.suppressed = Suppression{};
  std::vector<Finding> out = merged({found(kDatabase, "a", 5), found(kOutput, "output.x", 2), found(kOther, "a", 5),
                                     found(kDatabase, "b", 5, {1, 70, 90}), suppressed});
  EXPECT_EQ(out.size(), 5u);
  for (const Finding& one : out) EXPECT_TRUE(one.related.empty());
}

TEST_F(SecretSinksTest, TwoSecretsInOneAttributeStay) {
  EXPECT_EQ(merged({found(kVariable, "a", 0), found(kDatabase, "a", 0)}).size(), 2u);
}

}  // namespace
}  // namespace assay::rules
