#include "rules/identity/access.h"

#include "rules/identity/escalation.h"
#include "rules/identity/trust.h"
#include "tests/unit/rules/identity/fixture.h"

namespace assay::rules::identity {
namespace {

class AccessTest : public IdentityTest {
 protected:
  EscalationResult ways(const std::vector<const Document*>& documents, bool across = false) {
    World world;
    world.begin();
    Asker asker(&world, &root_);
    Access access;
    access.documents = documents;
    return find_escalations(asker, access, across);
  }
  Tri open_to(const Document& document) {
    World world;
    world.begin();
    Asker asker(&world, &root_);
    std::vector<const model::Value*> open;
    return find_public(asker, document, {}, open).answer;
  }
  Tri bucket(std::string_view condition) {
    return open_to(one("{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::b/*','Condition':" +
                       std::string(condition) + "}"));
  }
  Tri subject(std::string_view issuer, std::string_view condition) {
    const Document& document = one("{'Effect':'Allow','Principal':{'Federated':'arn:aws:iam::1:oidc-provider/" + std::string(issuer) +
                                   "'},'Action':'sts:AssumeRoleWithWebIdentity','Condition':" + std::string(condition) + "}");
    World world;
    world.begin();
    Asker asker(&world, &root_);
    std::vector<const model::Value*> open;
    return find_open_subject(asker, document, issuer.starts_with("token.actions") ? "github" : "other", open).answer;
  }
};

TEST_F(AccessTest, ActionsAndResources) {
  const Document& document = one("{'Effect':'Allow','Action':'IAM:Pass*','Resource':'*'}");
  EXPECT_EQ(granted({&document}, "iam:PassRole"), Tri::kYes);
  EXPECT_EQ(granted({&document}, "iam:GetRole"), Tri::kNo);
  EXPECT_EQ(granted({&one("{'Effect':'Allow','NotAction':'s3:*','Resource':'*'}")}, "iam:PassRole"), Tri::kYes);
  EXPECT_EQ(granted({&one("{'Effect':'Allow','NotAction':'iam:*','Resource':'*'}")}, "iam:PassRole"), Tri::kNo);
  EXPECT_EQ(granted({&one("{'Effect':'allow','Action':'*','Resource':'*'}")}, "iam:PassRole"), Tri::kNo);
}

TEST_F(AccessTest, WideResources) {
  auto wide = [&](std::string_view resource, std::string_view action) {
    return granted({&one("{'Effect':'Allow','Action':'" + std::string(action) + "','Resource':'" + std::string(resource) + "'}")}, action);
  };
  EXPECT_EQ(wide("arn:aws:iam::*:role/*", "iam:PassRole"), Tri::kYes);
  EXPECT_EQ(wide("arn:aws:iam::111122223333:role/*", "iam:PassRole"), Tri::kYes);
  EXPECT_EQ(wide("arn:aws:iam::111122223333:role/app-*", "iam:PassRole"), Tri::kNo);
  EXPECT_EQ(wide("arn:aws:s3:::*/*", "s3:GetObject"), Tri::kYes);
  EXPECT_EQ(wide("arn:aws:s3:::b/*", "s3:GetObject"), Tri::kNo);
  EXPECT_EQ(wide("arn:aws:iam::*:user/*", "iam:PassRole"), Tri::kNo);
}

TEST_F(AccessTest, OwnUser) {
  auto own = [&](std::string_view action) {
    return granted({&one("{'Effect':'Allow','Action':'" + std::string(action) + "','Resource':'arn:aws:iam::*:user/${aws:username}'}")}, action);
  };
  EXPECT_EQ(own("iam:PutUserPolicy"), Tri::kYes);
  EXPECT_EQ(own("iam:CreateAccessKey"), Tri::kNo);
}

TEST_F(AccessTest, DenialsConditionsAndBoundaries) {
  const Document& pass = one("{'Effect':'Allow','Action':'iam:*','Resource':'*'}");
  const Document& deny = one("{'Effect':'Deny','Action':'iam:PassRole','Resource':'*'}");
  const Document& deny_some = one("{'Effect':'Deny','Action':'iam:PassRole','Resource':'arn:aws:iam::1:role/x'}");
  EXPECT_EQ(granted({&pass, &deny}, "iam:PassRole"), Tri::kNo);
  EXPECT_EQ(granted({&pass, &deny_some}, "iam:PassRole"), Tri::kYes);
  EXPECT_EQ(granted({&one("{'Effect':'Allow','Action':'iam:*','Resource':'*','Condition':{'StringEquals':{'iam:PassedToService':'ec2.amazonaws.com'}}}")},
                    "iam:PassRole"),
            Tri::kNo);
  World world;
  world.begin();
  Asker asker(&world, &root_);
  Access access;
  access.documents = {&pass};
  access.has_boundary = true;
  access.boundaries = {&one("{'Effect':'Allow','Action':'s3:*','Resource':'*'}")};
  Grant grant;
  std::vector<const model::Value*> open;
  EXPECT_EQ(find_grant(asker, access, "iam:PassRole", {}, grant, open), Tri::kNo);
}

TEST_F(AccessTest, WhatIsNotKnown) {
  EXPECT_EQ(granted({&allow(unknown("var.action"), text("*"))}, "iam:PassRole"), Tri::kMaybe);
  EXPECT_EQ(granted({&allow(unknown("var.action", "s3:"), text("*"))}, "iam:PassRole"), Tri::kNo);
  EXPECT_EQ(granted({&allow(text("iam:PassRole"), unknown("var.arn"))}, "iam:PassRole"), Tri::kMaybe);
  // A text that begins as an ARN, or the ARN of a resource, is not everything.
  EXPECT_EQ(granted({&allow(text("iam:PassRole"), unknown("text", "arn:", ":role/x"))}, "iam:PassRole"), Tri::kNo);
  EXPECT_EQ(granted({&allow(text("iam:PassRole"), unknown("aws_iam_role.x.arn"))}, "iam:PassRole"), Tri::kNo);
  EXPECT_EQ(granted({&allow(text("iam:PassRole"), unknown("module.a[\"x.y\"].aws_iam_role.x[0].arn"))}, "iam:PassRole"), Tri::kNo);
}

TEST_F(AccessTest, WorldsDecideAlternatives) {
  core::Symbol cause("var.prod");
  model::Guard prod = root_.guards.atom("root#var.prod", model::Relation::kTrue, "", {&cause, 1});
  model::Alternative sides[] = {{prod, text("s3:GetObject")}, {root_.guards.negate(prod), text("iam:PassRole")}};
  const Document& document = allow(model::alternatives_value(sides, root_.guards, root_.arena), text("*"));
  auto grants = [&](std::string_view action) {
    return in_all_worlds([&](Asker& asker) {
      Access access;
      access.documents = {&document};
      Grant grant;
      std::vector<const model::Value*> open;
      return find_grant(asker, access, action, {}, grant, open) == Tri::kYes;
    });
  };
  EXPECT_EQ(grants("iam:PassRole"), "both");
  EXPECT_EQ(grants("iam:GetRole"), "no");
}

TEST_F(AccessTest, AsksOnlyWhereItMatters) {
  core::Symbol cause("var.v");
  std::vector<const Document*> documents;
  for (int i = 0; i < 100; ++i) {
    model::Guard is = root_.guards.atom("root#var.v" + std::to_string(i), model::Relation::kTrue, "", {&cause, 1});
    model::Alternative sides[] = {{is, text("iam:PassRole")}, {root_.guards.negate(is), text("s3:GetObject")}};
    documents.push_back(&allow(model::alternatives_value(sides, root_.guards, root_.arena), text("*")));
  }
  // Nothing to pass a role to: no input needs an answer.
  World world;
  world.begin();
  Asker asker(&world, &root_);
  Access access;
  access.documents = documents;
  EXPECT_TRUE(find_escalations(asker, access, false).certain.empty());
  EXPECT_FALSE(world.asked());
}

TEST_F(AccessTest, EscalationsNeedAllActions) {
  const Document& pass = one("{'Effect':'Allow','Action':'iam:PassRole','Resource':'*'}");
  const Document& create = one("{'Effect':'Allow','Action':['lambda:CreateFunction','lambda:InvokeFunction'],'Resource':'*'}");
  EXPECT_TRUE(ways({&pass}).certain.empty());
  ASSERT_EQ(ways({&pass, &create}).certain.size(), 1u);
  EXPECT_EQ(ways({&pass, &create}).certain[0].grants.size(), 3u);
  EXPECT_EQ(ways({&pass, &create}, true).certain.size(), 1u);
  const Document& both = one("{'Effect':'Allow','Action':['iam:PassRole','ec2:RunInstances'],'Resource':'*'}");
  EXPECT_EQ(ways({&both}).certain.size(), 1u);
  EXPECT_TRUE(ways({&both}, true).certain.empty());
}

TEST_F(AccessTest, PassingToTheServiceItselfIsNoLimit) {
  auto passed_to = [&](std::string_view service) {
    return ways({&one("{'Effect':'Allow','Action':'iam:PassRole','Resource':'*','Condition':{'StringEquals':{'iam:PassedToService':'" +
                      std::string(service) + "'}}}"),
                 &one("{'Effect':'Allow','Action':'ec2:RunInstances','Resource':'*'}")})
        .certain.size();
  };
  EXPECT_EQ(passed_to("ec2.amazonaws.com"), 1u);
  EXPECT_EQ(passed_to("lambda.amazonaws.com"), 0u);
}

TEST_F(AccessTest, MethodsNameActionsThatExist) {
  for (const Method& method : escalation_methods()) {
    std::string_view rest = method.actions;
    while (!rest.empty()) {
      std::string_view action = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(action.size() + 1, rest.size()));
      size_t colon = action.find(':');
      EXPECT_TRUE(find_service(action.substr(0, colon)).action(action.substr(colon + 1))) << action;
    }
  }
  for (ActionGroup group : {ActionGroup::kCredentials, ActionGroup::kSecrets, ActionGroup::kData}) {
    for (std::string_view action : actions_of(group)) {
      size_t colon = action.find(':');
      EXPECT_TRUE(find_service(action.substr(0, colon)).action(action.substr(colon + 1))) << action;
    }
  }
}

TEST_F(AccessTest, PublicByS3sDefinition) {
  EXPECT_EQ(bucket("{}"), Tri::kYes);
  EXPECT_EQ(bucket("{'StringEquals':{'aws:PrincipalOrgID':'o-abc12345'}}"), Tri::kNo);
  EXPECT_EQ(bucket("{'IpAddress':{'aws:SourceIp':'203.0.113.0/24'}}"), Tri::kNo);
  EXPECT_EQ(bucket("{'IpAddress':{'aws:SourceIp':'0.0.0.0/0'}}"), Tri::kYes);
  EXPECT_EQ(bucket("{'StringLike':{'aws:SourceAccount':'*'}}"), Tri::kYes);
  EXPECT_EQ(bucket("{'StringEqualsIfExists':{'aws:SourceVpce':'vpce-1'}}"), Tri::kYes);
  EXPECT_EQ(bucket("{'StringNotEquals':{'aws:SourceVpce':'vpce-1'}}"), Tri::kYes);
  EXPECT_EQ(bucket("{'ArnLike':{'aws:SourceArn':'arn:aws:sns:*:111122223333:*'}}"), Tri::kNo);
  EXPECT_EQ(bucket("{'ArnLike':{'aws:SourceArn':'arn:aws:sns:*:*:topic'}}"), Tri::kYes);
  EXPECT_EQ(bucket("{'StringEquals':{'s3:prefix':'public'}}"), Tri::kYes);
  EXPECT_EQ(open_to(one("{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*'}")), Tri::kNo);
  EXPECT_EQ(open_to(one("{'Effect':'Allow','NotPrincipal':{'AWS':'111122223333'},'Action':'s3:*','Resource':'*'}")), Tri::kYes);
}

TEST_F(AccessTest, OpenSubjects) {
  const char kGitHub[] = "token.actions.githubusercontent.com";
  auto github = [&](std::string_view test, std::string_view value) {
    return subject(kGitHub, "{'" + std::string(test) + "':{'token.actions.githubusercontent.com:sub':'" + std::string(value) + "'}}");
  };
  EXPECT_EQ(subject(kGitHub, "{'StringEquals':{'token.actions.githubusercontent.com:aud':'sts.amazonaws.com'}}"), Tri::kYes);
  EXPECT_EQ(github("StringLike", "repo:acme/*"), Tri::kNo);
  EXPECT_EQ(github("StringLike", "repo:acme*"), Tri::kYes);
  EXPECT_EQ(github("StringLike", "repo:*/shop:*"), Tri::kYes);
  EXPECT_EQ(github("ForAllValues:StringLike", "repo:acme/shop:*"), Tri::kYes);
  EXPECT_EQ(github("StringNotLike", "repo:acme/shop:*"), Tri::kYes);
  EXPECT_EQ(github("StringEquals", "workflow:x:repo:acme/shop"), Tri::kYes);
  EXPECT_EQ(subject("gitlab.com", "{'StringLike':{'gitlab.com:sub':'project_path:acme/shop:*'}}"), Tri::kNo);
  EXPECT_EQ(subject("gitlab.com", "{'StringLike':{'gitlab.com:sub':'project_path:*'}}"), Tri::kYes);
  EXPECT_EQ(subject("app.terraform.io", "{'StringLike':{'app.terraform.io:sub':'organization:acme:*'}}"), Tri::kNo);
  EXPECT_EQ(subject("oidc.eks.eu-west-1.amazonaws.com/id/X",
                    "{'StringEquals':{'oidc.eks.eu-west-1.amazonaws.com/id/X:aud':'sts.amazonaws.com'}}"),
            Tri::kYes);
  EXPECT_EQ(subject("oidc.eks.eu-west-1.amazonaws.com/id/X",
                    "{'StringLike':{'oidc.eks.eu-west-1.amazonaws.com/id/X:sub':'system:serviceaccount:shop:*'}}"),
            Tri::kNo);
}

}  // namespace
}  // namespace assay::rules::identity
