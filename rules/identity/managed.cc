// What AWS managed policies grant, as far as it matters for privileges.
#include <algorithm>

#include "rules/identity/principals.h"

namespace assay::rules::identity {
namespace {

#define ALLOW(actions) R"({"Statement":[{"Effect":"Allow","Action":[)" actions R"(],"Resource":"*"}]})"

// Sorted by name.
constexpr ManagedPolicy kManaged[] = {
    {"AWSCloudFormationFullAccess", ALLOW(R"("cloudformation:*")")},
    {"AWSCodeBuildAdminAccess", ALLOW(R"("codebuild:*","iam:GetRole","ssm:StartSession")")},
    {"AWSCodeCommitFullAccess", ALLOW(R"("codecommit:*")")},
    {"AWSGlueConsoleFullAccess",
     R"({"Statement":[{"Effect":"Allow","Action":["glue:*","redshift:Describe*","s3:ListAllMyBuckets","s3:GetBucketLocation"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/AWSGlueServiceRole*","Condition":{"StringLike":{"iam:PassedToService":["glue.amazonaws.com"]}}}]})"},
    {"AWSKeyManagementServicePowerUser",
     ALLOW(R"("kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers")")},
    {"AWSLambda_FullAccess",
     R"({"Statement":[{"Effect":"Allow","Action":["lambda:*","states:DescribeStateMachine","states:ListStateMachines"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}]})"},
    {"AWSOrganizationsFullAccess", ALLOW(R"("organizations:*")")},
    {"AWSStepFunctionsFullAccess", ALLOW(R"("states:*")")},
    {"AdministratorAccess", ALLOW(R"("*")"), true},
    {"AdministratorAccess-AWSElasticBeanstalk", ALLOW(R"("elasticbeanstalk:*","cloudformation:CreateStack","cloudformation:UpdateStack")")},
    {"AmazonDynamoDBFullAccess", ALLOW(R"("dynamodb:*","dax:*","kms:DescribeKey")")},
    {"AmazonEC2ContainerRegistryFullAccess", ALLOW(R"("ecr:*","cloudtrail:LookupEvents")")},
    {"AmazonEC2FullAccess", ALLOW(R"("ec2:*","elasticloadbalancing:*","cloudwatch:*","autoscaling:*")")},
    {"AmazonEC2RoleforSSM",
     ALLOW(R"("ssm:GetParameter","ssm:GetParameters","ssm:GetDocument","s3:GetObject","s3:PutObject","s3:ListBucket","logs:PutLogEvents")")},
    {"AmazonECS_FullAccess",
     R"({"Statement":[{"Effect":"Allow","Action":["ecs:*","ec2:RunInstances","autoscaling:CreateLaunchConfiguration","autoscaling:CreateAutoScalingGroup","cloudformation:CreateStack","cloudformation:UpdateStack"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringLike":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}}]})"},
    {"AmazonEMRFullAccessPolicy_v2", ALLOW(R"("elasticmapreduce:RunJobFlow","elasticmapreduce:Describe*")")},
    {"AmazonRDSFullAccess", ALLOW(R"("rds:*","cloudwatch:GetMetricStatistics","ec2:DescribeVpcs")")},
    {"AmazonRedshiftFullAccess", ALLOW(R"("redshift:*","redshift-serverless:*")")},
    {"AmazonS3FullAccess", ALLOW(R"("s3:*","s3-object-lambda:*")")},
    {"AmazonS3ReadOnlyAccess", ALLOW(R"("s3:Get*","s3:List*","s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*")")},
    {"AmazonSNSFullAccess", ALLOW(R"("sns:*")")},
    {"AmazonSQSFullAccess", ALLOW(R"("sqs:*")")},
    {"AmazonSSMFullAccess", ALLOW(R"("ssm:*","ec2:DescribeInstanceStatus","logs:*","cloudwatch:PutMetricData")")},
    {"AmazonSSMManagedInstanceCore", ALLOW(R"("ssm:GetDocument","ssm:GetManifest","ssm:GetParameter","ssm:GetParameters","ssm:UpdateInstanceInformation")")},
    {"AmazonSSMReadOnlyAccess", ALLOW(R"("ssm:Describe*","ssm:Get*","ssm:List*")")},
    {"AmazonSageMakerFullAccess",
     R"({"Statement":[{"Effect":"Allow","Action":["sagemaker:*"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/*","Condition":{"StringEquals":{"iam:PassedToService":["sagemaker.amazonaws.com","glue.amazonaws.com","bedrock.amazonaws.com"]}}}]})"},
    {"IAMFullAccess", ALLOW(R"("iam:*","organizations:Describe*","organizations:List*")"), true},
    {"PowerUserAccess",
     R"({"Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}]})", true},
    {"ReadOnlyAccess",
     ALLOW(R"("s3:Get*","s3:List*","dynamodb:Get*","dynamodb:BatchGet*","dynamodb:Scan","dynamodb:Query","ec2:Describe*","iam:Get*","iam:List*","ssm:Describe*","ssm:GetParameter*","logs:Get*","kinesis:Get*","codecommit:GitPull","sqs:Get*","sns:Get*","rds:Describe*","lambda:Get*","lambda:List*")")},
    {"SecretsManagerReadWrite",
     R"({"Statement":[{"Effect":"Allow","Action":["secretsmanager:*","cloudformation:CreateChangeSet","cloudformation:DescribeChangeSet","cloudformation:ExecuteChangeSet","ec2:DescribeSubnets","kms:DescribeKey","kms:ListAliases","kms:ListKeys","lambda:ListFunctions","rds:DescribeDBClusters","tag:GetResources"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":["lambda:AddPermission","lambda:CreateFunction","lambda:GetFunction","lambda:InvokeFunction","lambda:UpdateFunctionConfiguration"],"Resource":"arn:aws:lambda:*:*:function:SecretsManager*"}]})"},
    {"SecurityAudit", ALLOW(R"("iam:Get*","iam:List*","ec2:Describe*","s3:GetBucket*","s3:List*","kms:Describe*","kms:List*")")},
    {"SystemAdministrator",
     R"({"Statement":[{"Effect":"Allow","Action":["ec2:*","cloudformation:CreateStack","autoscaling:*","lambda:Create*","lambda:Invoke*","lambda:Update*","s3:Get*","s3:List*"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":"iam:PassRole","Resource":["arn:aws:iam::*:role/rds-monitoring-role","arn:aws:iam::*:role/ec2-sysadmin-*","arn:aws:iam::*:role/ecr-sysadmin-*","arn:aws:iam::*:role/lambda-sysadmin-*"]}]})"},
    {"ViewOnlyAccess", ALLOW(R"("ec2:Describe*","iam:List*","s3:ListAllMyBuckets","s3:ListBucket")")},
};

#undef ALLOW

}  // namespace

const ManagedPolicy* find_managed_policy(std::string_view name) {
  for (const ManagedPolicy& policy : kManaged) {
    if (policy.name == name) return &policy;
  }
  return nullptr;
}

std::string_view managed_name(std::string_view arn) {
  // arn:PARTITION:iam::aws:policy/PATH/NAME
  size_t at = arn.find(":iam::aws:policy/");
  if (!arn.starts_with("arn:") || at == std::string_view::npos) return {};
  return arn.substr(arn.rfind('/') + 1);
}

std::string_view managed_name(const Term& arn) {
  if (arn.known) return managed_name(arn.text);
  size_t at = arn.suffix.find(":iam::aws:policy/");
  bool partition_open = std::string_view("arn:").starts_with(arn.text.substr(0, 4)) && at != std::string_view::npos;
  return partition_open ? arn.suffix.substr(arn.suffix.rfind('/') + 1) : std::string_view{};
}

}  // namespace assay::rules::identity
