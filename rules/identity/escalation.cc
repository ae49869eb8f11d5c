#include "rules/identity/escalation.h"

#include <algorithm>

namespace assay::rules::identity {
namespace {

constexpr Method kMethods[] = {
    // Policies of oneself or of others.
    {"iam:CreatePolicyVersion", "", "rewrites any managed policy"},
    {"iam:SetDefaultPolicyVersion", "", "brings back an older, wider version of a policy"},
    {"iam:PutUserPolicy", "", "writes a policy on any user"},
    {"iam:PutGroupPolicy", "", "writes a policy on any group"},
    {"iam:PutRolePolicy", "", "writes a policy on any role"},
    {"iam:AttachUserPolicy", "", "attaches any policy to any user"},
    {"iam:AttachGroupPolicy", "", "attaches any policy to any group"},
    {"iam:AttachRolePolicy", "", "attaches any policy to any role"},
    {"iam:AddUserToGroup", "", "joins any group"},
    {"iam:DeleteUserPermissionsBoundary", "", "takes the boundary off any user"},
    {"iam:DeleteRolePermissionsBoundary", "", "takes the boundary off any role"},
    {"iam:PutUserPermissionsBoundary", "", "replaces the boundary of any user"},
    {"iam:PutRolePermissionsBoundary", "", "replaces the boundary of any role"},
    // Credentials of others.
    {"iam:CreateAccessKey", "", "makes keys for any user"},
    {"iam:CreateLoginProfile", "", "gives any user a password"},
    {"iam:UpdateLoginProfile", "", "changes the password of any user"},
    {"iam:UpdateAssumeRolePolicy", "", "lets itself into any role"},
    {"iam:CreateVirtualMFADevice iam:EnableMFADevice", "", "enrols an MFA device for any user"},
    {"iam:ResyncMFADevice iam:DeactivateMFADevice", "", "takes over the MFA device of any user"},
    {"kms:CreateGrant", "", "grants itself the use of any key"},
    {"sso:CreateAccountAssignment", "", "assigns any permission set"},
    {"sso:PutInlinePolicyToPermissionSet sso:ProvisionPermissionSet", "", "rewrites permission sets"},
    // New resources with a role.
    {"iam:PassRole ec2:RunInstances", "ec2.amazonaws.com", "starts an instance with any role"},
    {"iam:PassRole ec2:RequestSpotInstances", "ec2.amazonaws.com", "starts an instance with any role"},
    {"iam:PassRole ec2:AssociateIamInstanceProfile", "ec2.amazonaws.com", "gives a running instance any role"},
    {"iam:PassRole autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup", "ec2.amazonaws.com",
     "starts instances with any role"},
    {"iam:PassRole lambda:CreateFunction lambda:InvokeFunction", "lambda.amazonaws.com", "runs a function with any role"},
    {"iam:PassRole lambda:CreateFunction lambda:AddPermission", "lambda.amazonaws.com", "runs a function with any role"},
    {"iam:PassRole lambda:CreateFunction lambda:CreateEventSourceMapping", "lambda.amazonaws.com",
     "runs a function with any role"},
    {"iam:PassRole lambda:CreateFunction lambda:CreateFunctionUrlConfig", "lambda.amazonaws.com",
     "runs a function with any role"},
    {"iam:PassRole glue:CreateDevEndpoint", "glue.amazonaws.com", "opens an endpoint with any role"},
    {"iam:PassRole glue:CreateJob glue:StartJobRun", "glue.amazonaws.com", "runs a job with any role"},
    {"iam:PassRole glue:CreateJob glue:CreateTrigger", "glue.amazonaws.com", "runs a job with any role"},
    {"iam:PassRole glue:UpdateJob glue:StartJobRun", "glue.amazonaws.com", "runs a job with any role"},
    {"iam:PassRole glue:UpdateJob glue:CreateTrigger", "glue.amazonaws.com", "runs a job with any role"},
    {"iam:PassRole glue:CreateSession glue:RunStatement", "glue.amazonaws.com", "runs statements with any role"},
    {"iam:PassRole cloudformation:CreateStack", "cloudformation.amazonaws.com", "creates a stack with any role"},
    {"iam:PassRole cloudformation:CreateStackSet cloudformation:CreateStackInstances", "cloudformation.amazonaws.com",
     "creates stacks with any role"},
    {"iam:PassRole cloudformation:UpdateStackSet", "cloudformation.amazonaws.com", "changes stacks with any role"},
    {"iam:PassRole cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet", "cloudformation.amazonaws.com",
     "changes a stack with any role"},
    {"iam:PassRole datapipeline:CreatePipeline datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline",
     "datapipeline.amazonaws.com", "runs a pipeline with any role"},
    {"iam:PassRole codebuild:CreateProject codebuild:StartBuild", "codebuild.amazonaws.com", "runs a build with any role"},
    {"iam:PassRole codebuild:CreateProject codebuild:StartBuildBatch", "codebuild.amazonaws.com", "runs a build with any role"},
    {"iam:PassRole codepipeline:CreatePipeline", "codepipeline.amazonaws.com", "runs a pipeline with any role"},
    {"iam:PassRole ecs:RegisterTaskDefinition ecs:RunTask", "ecs-tasks.amazonaws.com", "runs a container with any role"},
    {"iam:PassRole ecs:RegisterTaskDefinition ecs:StartTask", "ecs-tasks.amazonaws.com", "runs a container with any role"},
    {"iam:PassRole ecs:RegisterTaskDefinition ecs:CreateService", "ecs-tasks.amazonaws.com", "runs a container with any role"},
    {"iam:PassRole ecs:RegisterTaskDefinition ecs:UpdateService", "ecs-tasks.amazonaws.com", "runs a container with any role"},
    {"iam:PassRole sagemaker:CreateNotebookInstance sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker.amazonaws.com",
     "opens a notebook with any role"},
    {"iam:PassRole sagemaker:CreateTrainingJob", "sagemaker.amazonaws.com", "runs a job with any role"},
    {"iam:PassRole sagemaker:CreateProcessingJob", "sagemaker.amazonaws.com", "runs a job with any role"},
    {"iam:PassRole apprunner:CreateService", "tasks.apprunner.amazonaws.com", "runs a service with any role"},
    {"iam:PassRole bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession "
     "bedrock-agentcore:InvokeCodeInterpreter",
     "bedrock-agentcore.amazonaws.com", "runs code with any role"},
    {"iam:PassRole states:CreateStateMachine states:StartExecution", "states.amazonaws.com", "calls AWS with any role"},
    {"iam:PassRole states:UpdateStateMachine states:StartExecution", "states.amazonaws.com", "calls AWS with any role"},
    {"iam:PassRole events:PutRule events:PutTargets", "events.amazonaws.com", "starts targets with any role"},
    {"iam:PassRole scheduler:CreateSchedule", "scheduler.amazonaws.com", "calls AWS with any role"},
    {"iam:PassRole ssm:StartAutomationExecution ssm:CreateDocument", "ssm.amazonaws.com", "runs automation with any role"},
    {"iam:PassRole batch:RegisterJobDefinition batch:SubmitJob", "ecs-tasks.amazonaws.com", "runs a job with any role"},
    {"iam:PassRole emr-serverless:CreateApplication emr-serverless:StartJobRun", "emr-serverless.amazonaws.com",
     "runs a job with any role"},
    {"iam:PassRole elasticmapreduce:RunJobFlow", "elasticmapreduce.amazonaws.com", "starts a cluster with any role"},
    {"iam:PassRole amplify:CreateApp amplify:StartJob", "amplify.amazonaws.com", "runs a build with any role"},
    {"iam:PassRole eks:CreatePodIdentityAssociation", "pods.eks.amazonaws.com", "gives pods any role"},
    {"iam:PassRole imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage", "ec2.amazonaws.com",
     "runs a build with any role"},
    {"iam:PassRole codestar:CreateProject", "codestar.amazonaws.com", "creates a project with any role"},
    // Resources that have a role already.
    {"lambda:UpdateFunctionCode", "", "replaces the code of any function"},
    {"lambda:UpdateFunctionConfiguration", "", "puts a layer into any function"},
    {"glue:UpdateDevEndpoint", "", "adds its key to any endpoint"},
    {"cloudformation:UpdateStack", "", "changes stacks with the roles they have"},
    {"cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet", "", "changes stacks with the roles they have"},
    {"codebuild:StartBuild codebuild:UpdateProject", "", "runs its commands with the role of any project"},
    {"codebuild:StartBuild", "", "overrides the build commands of any project"},
    {"codebuild:StartBuildBatch", "", "overrides the build commands of any project"},
    {"ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances", "", "replaces the user data of any instance"},
    {"ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate", "", "replaces any launch template"},
    {"ec2-instance-connect:SendSSHPublicKey", "", "logs in to any instance"},
    {"ecs:ExecuteCommand", "", "runs commands in any task"},
    {"sagemaker:CreatePresignedNotebookInstanceUrl", "", "opens any notebook"},
    {"sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance "
     "sagemaker:StartNotebookInstance",
     "", "runs a script in any notebook"},
    {"ssm:StartSession", "", "opens a shell on any instance"},
    {"ssm:SendCommand", "", "runs commands on any instance"},
    {"apprunner:UpdateService", "", "replaces the image of any service"},
    {"bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter", "",
     "runs code with the role of an interpreter"},
    {"codestar:CreateProject codestar:AssociateTeamMember", "", "becomes owner of a project"},
    {"eks:CreateAccessEntry eks:AssociateAccessPolicy", "", "makes itself administrator of any cluster"},
    {"datapipeline:PutPipelineDefinition datapipeline:ActivatePipeline", "", "changes any pipeline"},
};

constexpr std::string_view kCredentials[] = {
    "chime:CreateApiKey",
    "codepipeline:PollForJobs",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "connect:GetFederationToken",
    "ec2:GetPasswordData",
    "gamelift:GetComputeAuthToken",
    "gamelift:RequestUploadCredentials",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "iam:UpdateLoginProfile",
    "lightsail:DownloadDefaultKeyPair",
    "lightsail:GetBucketAccessKeys",
    "lightsail:GetInstanceAccessDetails",
    "lightsail:GetKeyPair",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "mediapackage:RotateChannelCredentials",
    "mediapackage:RotateIngestEndpointCredentials",
    "rds-db:connect",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "redshift-serverless:GetCredentials",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
};

constexpr std::string_view kSecrets[] = {
    "secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "ssm:GetParameter",
    "ssm:GetParameters",             "ssm:GetParametersByPath",            "ssm:GetParameterHistory",
};

constexpr std::string_view kData[] = {
    "s3:GetObject",          "s3:GetObjectVersion",    "dynamodb:Scan",         "dynamodb:ExportTableToPointInTime",
    "dynamodb:BatchGetItem", "ebs:GetSnapshotBlock",   "rds:StartExportTask",   "codecommit:GitPull",
    "kinesis:GetRecords",
};

template <typename Visit>
void each_word(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    size_t end = std::min(text.find(' '), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Are all actions of `small` actions of `large` as well, and not the other way round?
bool includes(const Method& large, const Method& small) {
  if (large.actions.size() <= small.actions.size()) return false;
  bool all = true;
  each_word(small.actions, [&](std::string_view action) {
    bool found = false;
    each_word(large.actions, [&](std::string_view other) { found = found || other == action; });
    all = all && found;
  });
  return all;
}

void drop_larger(std::vector<Escalation>& list, const std::vector<Escalation>& smaller) {
  std::vector<const Method*> known;
  for (const Escalation& other : smaller) known.push_back(other.method);
  std::erase_if(list, [&](const Escalation& escalation) {
    return std::any_of(known.begin(), known.end(), [&](const Method* method) { return includes(*escalation.method, *method); });
  });
}

}  // namespace

std::span<const Method> escalation_methods() { return kMethods; }

std::span<const std::string_view> actions_of(ActionGroup group) {
  switch (group) {
    case ActionGroup::kCredentials: return kCredentials;
    case ActionGroup::kSecrets: return kSecrets;
    case ActionGroup::kData: return kData;
  }
  return {};
}

std::string describe(const Method& method) {
  std::string out;
  size_t place = 0, count = 1 + static_cast<size_t>(std::count(method.actions.begin(), method.actions.end(), ' '));
  each_word(method.actions, [&](std::string_view action) {
    if (place > 0) out += place == 1 ? " with " : place + 1 == count ? " and " : ", ";
    out += action;
    ++place;
  });
  return out + " (" + std::string(method.gain) + ")";
}

EscalationResult find_escalations(Asker& asker, const Access& access, bool across, bool skip_all) {
  EscalationResult out;
  struct Known {
    std::string_view action, passed_to;
    Tri granted;
    Grant grant;
  };
  std::vector<Known> known;
  std::vector<const model::Value*> open;
  auto granted = [&](std::string_view action, std::string_view passed_to) -> const Known& {
    if (action != "iam:PassRole") passed_to = {};
    for (const Known& row : known) {
      if (row.action == action && row.passed_to == passed_to) return row;
    }
    Need need;
    need.skip_all = skip_all;
    need.passed_to = passed_to;
    Known row{action, passed_to, Tri::kNo, {}};
    row.granted = find_grant(asker, access, action, need, row.grant, open);
    known.push_back(row);
    return known.back();
  };
  known.reserve(256);
  // Actions that are granted in no world need no question about the others of their method.
  Asker optimist = Asker::optimist(asker.root());
  std::vector<std::pair<std::string_view, bool>> possible;
  possible.reserve(256);
  auto thinkable = [&](std::string_view action) {
    for (const auto& [name, is] : possible) {
      if (name == action) return is;
    }
    Need need;
    need.skip_all = skip_all;
    need.unlimited = false;
    Grant grant;
    std::vector<const model::Value*> ignored;
    bool is = find_grant(optimist, access, action, need, grant, ignored) != Tri::kNo;
    possible.emplace_back(action, is);
    return is;
  };
  for (const Method& method : kMethods) {
    bool all = true;
    each_word(method.actions, [&](std::string_view action) { all = all && thinkable(action); });
    if (!all) continue;
    Escalation found;
    found.method = &method;
    found.certain = Tri::kYes;
    each_word(method.actions, [&](std::string_view action) {
      if (found.certain == Tri::kNo) return;
      const Known& row = granted(action, method.passed_to);
      found.certain = both(found.certain, row.granted);
      found.grants.push_back(row.grant);
    });
    if (found.certain == Tri::kNo) continue;
    if (across) {
      bool one = std::all_of(found.grants.begin(), found.grants.end(),
                             [&](const Grant& grant) { return grant.document == found.grants[0].document; });
      if (one) continue;
    }
    (found.certain == Tri::kYes ? out.certain : out.possible).push_back(std::move(found));
  }
  drop_larger(out.certain, out.certain);
  drop_larger(out.possible, out.possible);
  drop_larger(out.possible, out.certain);
  out.open = std::move(open);
  return out;
}

}  // namespace assay::rules::identity
