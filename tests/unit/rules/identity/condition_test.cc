#include "rules/identity/condition.h"

#include "tests/unit/rules/identity/fixture.h"

namespace assay::rules::identity {
namespace {

class ConditionTest : public IdentityTest {
 protected:
  Tri holds(std::string_view condition, std::vector<RequestKey> keys, bool complete = true) {
    const Document& document = one("{'Effect':'Allow','Action':'s3:GetObject','Resource':'*','Condition':" + std::string(condition) + "}");
    return conditions_hold(document.statements[0].conditions, Request{std::move(keys), complete});
  }
  Tri limiting(std::string_view condition) {
    const Document& document = one("{'Effect':'Allow','Action':'s3:GetObject','Resource':'*','Condition':" + std::string(condition) + "}");
    return limits(document.statements[0].conditions);
  }
};

TEST_F(ConditionTest, Texts) {
  EXPECT_EQ(holds("{'StringEquals':{'aws:userid':['a','b']}}", {{"AWS:UserId", {"b"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'StringEquals':{'aws:userid':'a'}}", {{"aws:userid", {"A"}}}), Tri::kNo);
  EXPECT_EQ(holds("{'StringEqualsIgnoreCase':{'aws:userid':'a'}}", {{"aws:userid", {"A"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'StringNotEquals':{'aws:userid':['a','b']}}", {{"aws:userid", {"b"}}}), Tri::kNo);
  EXPECT_EQ(holds("{'StringLike':{'s3:prefix':'home/*'}}", {{"s3:prefix", {"home/x"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'StringNotLike':{'s3:prefix':'home/*'}}", {{"s3:prefix", {"home/x"}}}), Tri::kNo);
}

TEST_F(ConditionTest, MissingKeys) {
  EXPECT_EQ(holds("{'StringEquals':{'aws:userid':'a'}}", {}), Tri::kNo);
  EXPECT_EQ(holds("{'StringEqualsIfExists':{'aws:userid':'a'}}", {}), Tri::kYes);
  EXPECT_EQ(holds("{'StringNotEquals':{'aws:userid':'a'}}", {}), Tri::kYes);
  EXPECT_EQ(holds("{'ForAllValues:StringEquals':{'aws:TagKeys':'a'}}", {}), Tri::kYes);
  EXPECT_EQ(holds("{'ForAnyValue:StringEquals':{'aws:TagKeys':'a'}}", {}), Tri::kNo);
  EXPECT_EQ(holds("{'StringEquals':{'aws:userid':'a'}}", {}, false), Tri::kMaybe);
  EXPECT_EQ(holds("{'Null':{'aws:userid':'true'}}", {}), Tri::kYes);
  EXPECT_EQ(holds("{'Null':{'aws:userid':'false'}}", {{"aws:userid", {"a"}}}), Tri::kYes);
}

TEST_F(ConditionTest, Sets) {
  EXPECT_EQ(holds("{'ForAllValues:StringEquals':{'aws:TagKeys':['a','b']}}", {{"aws:TagKeys", {"a", "c"}}}), Tri::kNo);
  EXPECT_EQ(holds("{'ForAnyValue:StringEquals':{'aws:TagKeys':['a','b']}}", {{"aws:TagKeys", {"a", "c"}}}), Tri::kYes);
}

TEST_F(ConditionTest, OtherKinds) {
  EXPECT_EQ(holds("{'NumericLessThan':{'s3:max-keys':'10'}}", {{"s3:max-keys", {"9"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'NumericGreaterThanEquals':{'s3:max-keys':10}}", {{"s3:max-keys", {"9"}}}), Tri::kNo);
  EXPECT_EQ(holds("{'DateLessThan':{'aws:CurrentTime':'2024-02-01T00:00:00Z'}}", {{"aws:CurrentTime", {"2024-01-31T23:59:59Z"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'DateGreaterThan':{'aws:CurrentTime':'2024-02-01T01:00:00+01:00'}}", {{"aws:CurrentTime", {"1706745601"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'Bool':{'aws:SecureTransport':'true'}}", {{"aws:SecureTransport", {"True"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'IpAddress':{'aws:SourceIp':'10.0.0.0/8'}}", {{"aws:SourceIp", {"10.1.2.3"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'NotIpAddress':{'aws:SourceIp':['10.0.0.0/8','2001:db8::/32']}}", {{"aws:SourceIp", {"2001:db8::1"}}}), Tri::kNo);
  EXPECT_EQ(holds("{'ArnLike':{'aws:SourceArn':'arn:aws:s3:::*'}}", {{"aws:SourceArn", {"arn:aws:s3:::b"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'ArnLike':{'aws:SourceArn':'arn:*:b'}}", {{"aws:SourceArn", {"arn:aws:s3:::b"}}}), Tri::kNo);
}

TEST_F(ConditionTest, Variables) {
  EXPECT_EQ(holds("{'StringEquals':{'s3:prefix':'${aws:username}'}}", {{"s3:prefix", {"jo"}}, {"aws:username", {"jo"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'StringEquals':{'s3:prefix':'${aws:username}'}}", {{"s3:prefix", {"jo"}}}), Tri::kNo);
  EXPECT_EQ(holds("{'StringEquals':{'s3:prefix':'${aws:username, \\u0027jo\\u0027}'}}", {{"s3:prefix", {"jo"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'StringLike':{'s3:prefix':'a${*}*'}}", {{"s3:prefix", {"a*b"}}}), Tri::kYes);
  EXPECT_EQ(holds("{'StringLike':{'s3:prefix':'a${*}*'}}", {{"s3:prefix", {"axb"}}}), Tri::kNo);
}

TEST_F(ConditionTest, Limits) {
  EXPECT_EQ(limiting("{'StringEquals':{'aws:PrincipalOrgID':'o-1'}}"), Tri::kYes);
  EXPECT_EQ(limiting("{'Bool':{'aws:SecureTransport':'true'}}"), Tri::kNo);
  EXPECT_EQ(limiting("{'StringLike':{'aws:PrincipalArn':'*'}}"), Tri::kNo);
  EXPECT_EQ(limiting("{'ForAllValues:StringEquals':{'ec2:ResourceTag/a':'b'}}"), Tri::kNo);
  EXPECT_EQ(limiting("{'IpAddress':{'aws:SourceIp':'0.0.0.0/0'}}"), Tri::kNo);
}

TEST_F(ConditionTest, Operators) {
  EXPECT_TRUE(parse_operator("foranyvalue:stringlikeifexists"));
  EXPECT_FALSE(parse_operator("StringEqual"));
  EXPECT_FALSE(parse_operator("NullIfExists"));
  EXPECT_EQ(similar_operator("StringEqual"), "StringEquals");
  EXPECT_EQ(similar_operator("ForAnyValue:StringLikes"), "ForAnyValue:StringLike");
  EXPECT_EQ(similar_operator("Frobnicate"), "");
}

}  // namespace
}  // namespace assay::rules::identity
