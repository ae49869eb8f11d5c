#include "rules/identity/lint.h"

#include "tests/unit/rules/identity/fixture.h"

namespace assay::rules::identity {
namespace {

class LintTest : public IdentityTest {
 protected:
  std::string first(const Document& document, MistakeKind kind, Usage usage = Usage::kIdentity) {
    auto found = find_mistakes(document, usage, kind);
    return found.empty() ? "" : found[0].message;
  }
  std::string in_statement(std::string_view statement, MistakeKind kind, Usage usage = Usage::kIdentity) {
    return first(one(statement), kind, usage);
  }
};

TEST_F(LintTest, Shapes) {
  EXPECT_EQ(in_statement("{'Effect':'Allow','Action':'s3:GetObject','Resource':'*'}", MistakeKind::kMalformed), "");
  EXPECT_NE(in_statement("{'Effect':'allow','Action':'s3:GetObject','Resource':'*'}", MistakeKind::kMalformed).find("not `allow`"), std::string::npos);
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':'s3:GetObject'}", MistakeKind::kMalformed).find("no Resource"), std::string::npos);
  EXPECT_NE(in_statement("{'Effect':'Allow','Actions':'s3:GetObject','Resource':'*'}", MistakeKind::kMalformed).find("did you mean `Action`"), std::string::npos);
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':{'a':1},'Resource':'*'}", MistakeKind::kMalformed).find("text or a list"), std::string::npos);
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':'a:b','Resource':'*','Principal':'*'}", MistakeKind::kMalformed).find("no Principal"), std::string::npos);
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':'a:b','Principal':'me'}", MistakeKind::kMalformed, Usage::kTrust).find("not `me`"), std::string::npos);
  EXPECT_NE(first(read("{'Version':'2012-10-17'}"), MistakeKind::kMalformed).find("no Statement"), std::string::npos);
}

TEST_F(LintTest, Actions) {
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':'s3:GetObjcet','Resource':'*'}", MistakeKind::kUnknownAction).find("`s3:GetObject`"), std::string::npos);
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':'GetObject','Resource':'*'}", MistakeKind::kUnknownAction).find("no service"), std::string::npos);
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':'s*:Get','Resource':'*'}", MistakeKind::kUnknownAction).find("no wildcard"), std::string::npos);
  EXPECT_EQ(in_statement("{'Effect':'Allow','Action':['*','*:*','s3:*','S3:getobject'],'Resource':'*'}", MistakeKind::kUnknownAction), "");
}

TEST_F(LintTest, Conditions) {
  auto condition = [&](std::string_view text) {
    return in_statement("{'Effect':'Allow','Action':'s3:GetObject','Resource':'*','Condition':" + std::string(text) + "}", MistakeKind::kCondition);
  };
  EXPECT_NE(condition("{'StringEqual':{'aws:userid':'a'}}").find("`StringEquals`"), std::string::npos);
  EXPECT_NE(condition("{'Bool':{'aws:SecureTransport':'yes'}}").find("true or false"), std::string::npos);
  EXPECT_NE(condition("{'NumericLessThan':{'s3:max-keys':'ten'}}").find("a number"), std::string::npos);
  EXPECT_NE(condition("{'StringEquals':{'aws:SourceAccounts':'1'}}").find("no condition key"), std::string::npos);
  EXPECT_EQ(condition("{'StringEquals':{'aws:ResourceTag/team':'a','aws:PrincipalTag/x':'b'},'Null':{'aws:userid':true}}"), "");
}

TEST_F(LintTest, Versions) {
  EXPECT_NE(first(read("{'Statement':{'Effect':'Allow','Action':'s3:*','Resource':'arn:aws:s3:::${aws:username}'}}"), MistakeKind::kVersion).find("2012-10-17"), std::string::npos);
  EXPECT_NE(first(read("{'Version':'2012-10-18','Statement':[]}"), MistakeKind::kVersion).find("does not exist"), std::string::npos);
  EXPECT_EQ(first(one("{'Effect':'Allow','Action':'s3:*','Resource':'arn:aws:s3:::${aws:username}'}"), MistakeKind::kVersion), "");
}

TEST_F(LintTest, PrincipalsAndIds) {
  auto principal = [&](std::string_view text) {
    return in_statement("{'Effect':'Allow','Action':'sts:AssumeRole','Principal':" + std::string(text) + "}", MistakeKind::kPrincipal, Usage::kTrust);
  };
  EXPECT_NE(principal("{'Aws':'*'}").find("principal type"), std::string::npos);
  EXPECT_NE(principal("{'AWS':'12345'}").find("12 digits"), std::string::npos);
  EXPECT_NE(principal("{'AWS':'arn:aws:iam::111122223333:group/a'}").find("group"), std::string::npos);
  EXPECT_NE(principal("{'AWS':'arn:aws:iam::111122223333:role/a*'}").find("wildcard"), std::string::npos);
  EXPECT_EQ(principal("{'AWS':['*','111122223333','arn:aws:iam::111122223333:root'],'Service':'ec2.amazonaws.com'}"), "");
  const Document& twice = read("{'Statement':[{'Sid':'A','Effect':'Allow','Action':'*','Resource':'*'},{'Sid':'A','Effect':'Allow','Action':'*','Resource':'*'}]}");
  EXPECT_NE(first(twice, MistakeKind::kSid).find("twice"), std::string::npos);
}

TEST_F(LintTest, ActionsThatNeverMatch) {
  auto never = [&](std::string_view action, std::string_view resource) {
    return in_statement("{'Effect':'Allow','Action':'" + std::string(action) + "','Resource':'" + std::string(resource) + "'}", MistakeKind::kNeverMatches);
  };
  EXPECT_NE(never("s3:GetObject", "arn:aws:s3:::b").find("object"), std::string::npos);
  EXPECT_NE(never("s3:ListAllMyBuckets", "arn:aws:s3:::b").find("only"), std::string::npos);
  EXPECT_EQ(never("s3:GetObject", "arn:aws:s3:::b/*"), "");
  EXPECT_EQ(never("s3:ListBucket", "arn:aws:s3:::b*"), "");
  EXPECT_EQ(never("iam:PassRole", "arn:aws:iam::${aws:PrincipalAccount}:role/x"), "");
}

TEST_F(LintTest, JsonErrors) {
  auto error = [](std::string_view text) {
    auto found = json_error(text);
    return found ? std::to_string(found->at) + " " + found->message : "";
  };
  EXPECT_EQ(error(R"({"a": [1, "b", {}], "c": true})"), "");
  EXPECT_EQ(error(R"({"a": 1,})"), "7 a comma in front of `}`");
  EXPECT_EQ(error(R"({"a" 1})"), "5 a colon is expected");
  EXPECT_EQ(error(R"({'a': 1})"), "1 JSON has double quotes only");
  EXPECT_EQ(error(R"({"a": "b)"), "6 the text has no closing quote");
  EXPECT_EQ(error(R"({"a": 1} x)"), "9 more text behind the end of the policy");
  EXPECT_EQ(error(""), "0 the text ends where a value is expected");
  EXPECT_NE(error(std::string(100000, '[')), "");
}

TEST_F(LintTest, Sizes) {
  EXPECT_EQ(document_size(*read("{'Statement':[]}").value), 16);
  std::string many;
  for (int i = 0; i < 600; ++i) many += (i ? "," : "") + std::string("'arn:aws:s3:::bucket-") + std::to_string(i) + "/*'";
  EXPECT_NE(in_statement("{'Effect':'Allow','Action':'s3:GetObject','Resource':[" + many + "]}", MistakeKind::kTooLarge).find("at most 10240"), std::string::npos);
}

}  // namespace
}  // namespace assay::rules::identity
