// What SAM derives: rows, their values and where they stand.
#include <algorithm>

#include "parsers/formats/cloudformation/sam_policies.h"
#include "tests/unit/parsers/formats/cloudformation/template_fixture.h"

namespace assay::formats {
namespace {

using Strings = std::vector<std::string>;

Template sam(const std::string& properties, const std::string& more = "", const std::string& globals = "") {
  return Template("Transform: AWS::Serverless-2016-10-31\n" + globals +
                  "Resources:\n  B: {Type: 'AWS::S3::Bucket'}\n  F:\n    Type: AWS::Serverless::Function\n"
                  "    Properties:\n      Runtime: python3.12\n" + properties + more);
}
Strings addresses(Template& t) {
  Strings out;
  for (const model::Resource& one : t.root().resources) {
    if (one.kind == "resource") out.push_back(std::string(one.address));
  }
  return out;
}

TEST(Sam, AFunctionWithoutARoleGetsOne) {
  auto t = sam("      Tracing: Active\n      VpcConfig: {SubnetIds: [a]}\n      Policies:\n"
               "        - AmazonS3ReadOnlyAccess\n        - arn:aws:iam::aws:policy/X\n"
               "        - Statement: [{Effect: Allow, Action: '*', Resource: '*'}]\n"
               "        - S3ReadPolicy: {BucketName: logs}\n");
  EXPECT_EQ(addresses(t), (Strings{"AWS::S3::Bucket.B", "AWS::Serverless::Function.F", "AWS::IAM::Role.FRole"}));
  EXPECT_EQ(t.get("ManagedPolicyArns[0]", "FRole"), "\"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\"");
  EXPECT_EQ(t.get("ManagedPolicyArns[1]", "FRole"), "\"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole\"");
  EXPECT_EQ(t.get("ManagedPolicyArns[2]", "FRole"), "\"arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess\"");
  EXPECT_EQ(t.get("ManagedPolicyArns[3]", "FRole"), "\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"");
  EXPECT_EQ(t.text(t.find("ManagedPolicyArns[3]", "FRole")->span), "AmazonS3ReadOnlyAccess");
  EXPECT_EQ(t.get("ManagedPolicyArns[4]", "FRole"), "\"arn:aws:iam::aws:policy/X\"");
  EXPECT_EQ(t.get("Policies[0].PolicyDocument.Statement[0].Action", "FRole"), "\"*\"");
  EXPECT_EQ(t.text(t.find("Policies[0].PolicyDocument.Statement[0].Action", "FRole")->span), "'*'");
  EXPECT_EQ(t.get("Policies[1].PolicyDocument.Statement[0].Action[0]", "FRole"), "\"s3:GetObject\"");
  EXPECT_EQ(t.find("Policies[1].PolicyDocument.Statement[0].Resource[0]", "FRole")->unknown().prefix, "arn:aws");
  EXPECT_EQ(t.get("AssumeRolePolicyDocument.Statement[0].Principal.Service[0]", "FRole"), "\"lambda.amazonaws.com\"");
  EXPECT_EQ(t.get("Role", "F"), "<unknown FRole.Arn>");
  EXPECT_EQ(t.edges(), Strings{"F -> FRole by Role"});
  EXPECT_EQ(t.text(t.resource("FRole").header), "F");
  EXPECT_TRUE(t.problems().empty());
}

TEST(Sam, AGivenRoleIsTaken) {
  auto t = sam("      Role: arn:aws:iam::1:role/x\n");
  EXPECT_EQ(addresses(t).size(), 2u);
  Template open("Transform: AWS::Serverless-2016-10-31\nParameters: {Arn: {Type: String}}\n"
                "Conditions: {Own: !Equals [!Ref Arn, '']}\n"
                "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
                "    Properties: {Role: !If [Own, !Ref AWS::NoValue, !Ref Arn]}\n");
  EXPECT_EQ(open.exists("FRole"), "param.Arn = \"\"");
  EXPECT_EQ(open.get("Role", "F"), "<param.Arn = \"\": <unknown FRole.Arn> | param.Arn != \"\": <unknown param.Arn>>");
}

TEST(Sam, EventsPermitOrPoll) {
  auto t = sam("      Role: x\n      Events:\n"
               "        Up: {Type: S3, Properties: {Bucket: !Ref B, Events: 's3:*'}}\n"
               "        Topic: {Type: SNS, Properties: {Topic: arn:aws:sns:x}}\n"
               "        Tick: {Type: Schedule, Properties: {Schedule: rate(1 day)}}\n"
               "        Voice: {Type: AlexaSkill}\n"
               "        Queue: {Type: SQS, Properties: {Queue: arn:aws:sqs:q, BatchSize: 5}}\n"
               "        Odd: {Type: Nothing}\n");
  EXPECT_EQ(t.get("Principal", "FUpPermission"), "\"s3.amazonaws.com\"");
  EXPECT_TRUE(t.find("SourceArn", "FUpPermission")->is_unknown());
  EXPECT_EQ(t.get("SourceAccount", "FUpPermission"), "<unknown AWS::AccountId>");
  EXPECT_EQ(t.get("SourceArn", "FTopicPermission"), "\"arn:aws:sns:x\"");
  EXPECT_EQ(t.get("Principal", "FTickPermission"), "\"events.amazonaws.com\"");
  EXPECT_EQ(t.get("SourceArn", "FVoicePermission"), "absent");  // any skill may call
  EXPECT_EQ(t.get("EventSourceArn", "FQueue"), "\"arn:aws:sqs:q\"");
  EXPECT_EQ(t.get("BatchSize", "FQueue"), "5");
  EXPECT_EQ(t.text(t.resource("FQueue").header), "Queue");
  EXPECT_TRUE(t.text(t.resource("FUpPermission").span).starts_with("{Type: S3"));
}

TEST(Sam, ImplicitApisAreCompletedByGlobals) {
  auto t = sam("      Role: x\n      Events:\n"
               "        Get: {Type: Api, Properties: {Path: /, Method: get}}\n"
               "        Free: {Type: Api, Properties: {Path: /f, Method: post, Auth: {Authorizer: NONE}}}\n"
               "        Own: {Type: Api, Properties: {Path: /o, Method: any, RestApiId: !Ref Mine}}\n"
               "        Web: {Type: HttpApi, Properties: {Path: /w, Method: get}}\n",
               "  Mine: {Type: 'AWS::Serverless::Api', Properties: {StageName: live}}\n",
               "Globals: {Api: {TracingEnabled: true, Auth: {DefaultAuthorizer: Pool}}}\n");
  EXPECT_EQ(t.get("TracingEnabled", "ServerlessRestApi"), "true");
  EXPECT_EQ(t.get("StageName", "ServerlessRestApi"), "\"Prod\"");
  EXPECT_EQ(t.get("StageName", "ServerlessHttpApi"), "\"$default\"");
  EXPECT_EQ(t.get("AuthorizationType", "FGetMethod"), "\"CUSTOM\"");
  EXPECT_EQ(t.text(t.find("AuthorizationType", "FGetMethod")->span), "Pool");
  EXPECT_EQ(t.get("AuthorizationType", "FFreeMethod"), "\"NONE\"");
  EXPECT_EQ(t.get("AuthorizationType", "FOwnMethod"), "\"CUSTOM\"");  // Globals complete explicit APIs, too
  EXPECT_EQ(t.get("HttpMethod", "FOwnMethod"), "\"ANY\"");
  EXPECT_EQ(t.get("RouteKey", "FWebRoute"), "\"GET /w\"");
  EXPECT_EQ(t.get("AuthorizationType", "FWebRoute"), "\"NONE\"");
  Strings edges = t.edges();
  EXPECT_EQ(std::count(edges.begin(), edges.end(), "FGetMethod -> ServerlessRestApi by RestApiId"), 1);
  EXPECT_EQ(std::count(edges.begin(), edges.end(), "FOwnMethod -> Mine by RestApiId"), 1);
}

TEST(Sam, UrlsConnectorsAndMachines) {
  auto t = sam("      Role: x\n      FunctionUrlConfig: {AuthType: NONE}\n",
               "  C: {Type: 'AWS::Serverless::Connector', Properties: {Source: {Id: F}, Destination: {Id: B}, Permissions: [Read]}}\n"
               "  M: {Type: 'AWS::Serverless::StateMachine', Properties: {Policies: [{LambdaInvokePolicy: {FunctionName: !Ref F}}, {LambdaInvokPolicy: {}}]}}\n");
  EXPECT_EQ(t.get("AuthType", "FUrl"), "\"NONE\"");
  EXPECT_EQ(t.text(t.find("AuthType", "FUrl")->span), "NONE");
  EXPECT_EQ(t.get("AssumeRolePolicyDocument.Statement[0].Principal.Service[0]", "MRole"), "\"states.amazonaws.com\"");
  EXPECT_EQ(t.get("Policies[0].PolicyDocument.Statement[0].Action[0]", "MRole"), "\"lambda:InvokeFunction\"");
  EXPECT_TRUE(t.find("Policies[1].PolicyDocument", "MRole")->is_unknown());
  EXPECT_EQ(t.problems(), Strings{"SAM has no policy template LambdaInvokPolicy; did you mean \"LambdaInvokePolicy\"?"});
  Strings edges = t.edges();
  for (const char* wanted : {"C -> F by Source", "C -> B by Destination", "M -> MRole by Role", "FUrl -> F by TargetFunctionArn"}) {
    EXPECT_EQ(std::count(edges.begin(), edges.end(), wanted), 1) << wanted;
  }
}

TEST(Sam, ConnectorsPermit) {
  Template t("Transform: AWS::Serverless-2016-10-31\nResources:\n"
             "  F:\n    Type: AWS::Serverless::Function\n    Connectors:\n"
             "      Data: {Properties: {Destination: [{Id: T}, {Id: Q}], Permissions: [Write]}}\n"
             "    Properties: {Runtime: python3.12}\n"
             "  T: {Type: 'AWS::Serverless::SimpleTable'}\n  Q: {Type: 'AWS::SQS::Queue'}\n"
             "  N: {Type: 'AWS::SNS::Topic'}\n  E: {Type: 'AWS::Events::Rule'}\n"
             "  C: {Type: 'AWS::Serverless::Connector', Properties: {Source: {Id: F}, Destination: {Id: T}, Permissions: [Read, Write]}}\n"
             "  D: {Type: 'AWS::Serverless::Connector', Properties: {Source: {Id: N}, Destination: {Id: Q}, Permissions: [Write]}}\n"
             "  G: {Type: 'AWS::Serverless::Connector', Properties: {Source: {Id: E}, Destination: {Id: F}, Permissions: [Write]}}\n"
             "  H: {Type: 'AWS::Serverless::Connector', Properties: {Source: {Id: Q}, Destination: {Id: F}, Permissions: [Read]}}\n");
  EXPECT_EQ(t.get("PolicyDocument.Statement[0].Action[0]", "CPolicy"), "\"dynamodb:GetItem\"");
  EXPECT_EQ(t.text(t.find("PolicyDocument.Statement[0].Action[0]", "CPolicy")->span), "Read");
  EXPECT_EQ(t.find("PolicyDocument.Statement[0].Action", "CPolicy")->size, 13u);
  EXPECT_EQ(t.get("PolicyDocument.Statement[0].Resource[0]", "CPolicy"), "<unknown T.Arn>");
  EXPECT_EQ(t.get("Roles[0]", "CPolicy"), "<unknown FRole>");
  EXPECT_EQ(t.get("PolicyDocument.Statement[0].Action[0]", "FDataDestination1Policy"), "\"sqs:DeleteMessage\"");
  EXPECT_EQ(t.get("PolicyDocument.Statement[0].Principal.Service", "DQueuePolicy"), "\"sns.amazonaws.com\"");
  EXPECT_EQ(t.get("Queues[0]", "DQueuePolicy"), "<unknown Q>");
  EXPECT_EQ(t.get("Principal", "GWriteLambdaPermission"), "\"events.amazonaws.com\"");
  EXPECT_EQ(t.get("PolicyDocument.Statement[0].Resource", "HPolicy"), "[<unknown Q.Arn>]");
  EXPECT_EQ(t.get("Roles[0]", "HPolicy"), "<unknown FRole>");
  auto edges = t.edges();
  for (const char* wanted : {"CPolicy -> FRole by Roles", "CPolicy -> T by PolicyDocument", "DQueuePolicy -> Q by Queues"}) {
    EXPECT_EQ(std::count(edges.begin(), edges.end(), wanted), 1) << wanted;
  }
  EXPECT_TRUE(t.problems().empty());
}

TEST(Sam, AliasesAndCallersAreMade) {
  Template t("Transform: AWS::Serverless-2016-10-31\nResources:\n"
             "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      AutoPublishAlias: live\n"
             "      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}\n"
             "      Events: {Daily: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}}\n"
             "  M:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      Events:\n"
             "        Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}\n"
             "        Given: {Type: Api, Properties: {Path: /, Method: get, RoleArn: x}}\n"
             "  R: {Type: 'X::Y::Z', Properties: {A: !Ref FAliaslive, B: !Ref FVersion}}\n");
  EXPECT_EQ(t.get("Name", "FAliaslive"), "\"live\"");
  EXPECT_EQ(t.text(t.find("Name", "FAliaslive")->span), "live");
  EXPECT_EQ(t.get("FunctionVersion", "FAliaslive"), "<unknown FVersion.Version>");
  EXPECT_EQ(t.get("ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions", "FAliaslive"), "2");
  EXPECT_EQ(t.get("FunctionName", "FVersion"), "<unknown F>");
  EXPECT_EQ(t.get("AssumeRolePolicyDocument.Statement[0].Principal.Service[0]", "FDailyRole"), "\"scheduler.amazonaws.com\"");
  EXPECT_EQ(t.get("Policies[0].PolicyDocument.Statement[0].Resource[0]", "FDailyRole"), "<unknown F.Arn>");
  EXPECT_EQ(t.get("Policies[0].PolicyDocument.Statement[0].Action[0]", "MHourlyRole"), "\"states:StartExecution\"");
  for (const model::Resource& one : t.root().resources) EXPECT_NE(one.name, "MGivenRole");
  EXPECT_TRUE(t.problems().empty());
}

TEST(Sam, PolicyTemplatesAreSortedAndWellFormed) {
  auto templates = cloudformation::policy_templates();
  EXPECT_EQ(templates.size(), 81u);
  EXPECT_TRUE(std::is_sorted(templates.begin(), templates.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const auto& one : templates) {
    EXPECT_NE(one.statements.find(" on "), std::string_view::npos) << one.name;
    EXPECT_EQ(cloudformation::find_policy_template(one.name), &one);
  }
  EXPECT_EQ(cloudformation::find_policy_template("Nothing"), nullptr);
}

TEST(Sam, ConditionsReachWhatIsDerived) {
  Template t("Transform: AWS::Serverless-2016-10-31\nParameters: {Env: {Type: String}}\n"
             "Conditions: {Prod: !Equals [!Ref Env, prod]}\n"
             "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Condition: Prod\n"
             "    Properties:\n      Events: {E: {Type: Api, Properties: {Path: /, Method: get}}}\n"
             "      Policies: !If [Prod, AdministratorAccess, AmazonS3ReadOnlyAccess]\n");
  for (const char* name : {"F", "FRole", "FEPermission", "ServerlessRestApi", "FEMethod"}) {
    EXPECT_EQ(t.exists(name), "param.Env = \"prod\"") << name;
  }
  EXPECT_EQ(t.get("ManagedPolicyArns[1]", "FRole"), "\"arn:aws:iam::aws:policy/AdministratorAccess\"");
}

}  // namespace
}  // namespace assay::formats
