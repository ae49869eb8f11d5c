#include "parsers/formats/cloudformation/sam_connectors.h"

namespace assay::formats::cloudformation {
namespace {

struct Service {
  std::string_view type, name, principal;
};
constexpr Service kServices[] = {
    {"AWS::Serverless::Function", "lambda", "lambda.amazonaws.com"},
    {"AWS::Lambda::Function", "lambda", "lambda.amazonaws.com"},
    {"AWS::Serverless::StateMachine", "states", "states.amazonaws.com"},
    {"AWS::StepFunctions::StateMachine", "states", "states.amazonaws.com"},
    {"AWS::Serverless::SimpleTable", "dynamodb", ""},
    {"AWS::DynamoDB::Table", "dynamodb", ""},
    {"AWS::S3::Bucket", "s3", "s3.amazonaws.com"},
    {"AWS::SQS::Queue", "sqs", ""},
    {"AWS::SNS::Topic", "sns", "sns.amazonaws.com"},
    {"AWS::Events::EventBus", "bus", ""},
    {"AWS::Events::Rule", "rule", "events.amazonaws.com"},
    {"AWS::Serverless::Api", "api", "apigateway.amazonaws.com"},
    {"AWS::ApiGateway::RestApi", "api", "apigateway.amazonaws.com"},
    {"AWS::Serverless::HttpApi", "api", "apigateway.amazonaws.com"},
    {"AWS::ApiGatewayV2::Api", "api", "apigateway.amazonaws.com"},
};

const Service* find_service(std::string_view type) {
  for (const Service& one : kServices) {
    if (one.type == type) return &one;
  }
  return nullptr;
}

constexpr std::string_view kTableRead =
    "dynamodb:GetItem dynamodb:Query dynamodb:Scan dynamodb:BatchGetItem dynamodb:ConditionCheckItem "
    "dynamodb:PartiQLSelect";
constexpr std::string_view kTableWrite =
    "dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:BatchWriteItem dynamodb:PartiQLDelete "
    "dynamodb:PartiQLInsert dynamodb:PartiQLUpdate";
constexpr std::string_view kBucketRead =
    "s3:GetObject s3:GetObjectAcl s3:GetObjectLegalHold s3:GetObjectRetention s3:GetObjectTorrent "
    "s3:GetObjectVersion s3:GetObjectVersionAcl s3:GetObjectVersionForReplication s3:GetObjectVersionTorrent "
    "s3:ListBucket s3:ListBucketMultipartUploads s3:ListBucketVersions s3:ListMultipartUploadParts";
constexpr std::string_view kBucketWrite =
    "s3:AbortMultipartUpload s3:DeleteObject s3:DeleteObjectVersion s3:PutObject s3:PutObjectLegalHold "
    "s3:PutObjectRetention s3:RestoreObject";
constexpr std::string_view kInvoke = "lambda:InvokeAsync lambda:InvokeFunction";

constexpr Connection kConnections[] = {
    {"lambda", "dynamodb", Connection::kSourcePolicy, kTableRead, kTableWrite, "/index/*"},
    {"lambda", "s3", Connection::kSourcePolicy, kBucketRead, kBucketWrite, "/*"},
    {"lambda", "sqs", Connection::kSourcePolicy, "sqs:ReceiveMessage sqs:GetQueueAttributes",
     "sqs:DeleteMessage sqs:SendMessage sqs:ChangeMessageVisibility sqs:PurgeQueue"},
    {"lambda", "sns", Connection::kSourcePolicy, "", "sns:Publish"},
    {"lambda", "lambda", Connection::kSourcePolicy, "", kInvoke},
    {"lambda", "states", Connection::kSourcePolicy, "states:DescribeStateMachine states:ListExecutions",
     "states:StartExecution states:StartSyncExecution"},
    {"lambda", "bus", Connection::kSourcePolicy, "", "events:PutEvents"},
    {"states", "dynamodb", Connection::kSourcePolicy, kTableRead, kTableWrite, "/index/*"},
    {"states", "s3", Connection::kSourcePolicy, kBucketRead, kBucketWrite, "/*"},
    {"states", "sqs", Connection::kSourcePolicy, "", "sqs:SendMessage"},
    {"states", "sns", Connection::kSourcePolicy, "", "sns:Publish"},
    {"states", "lambda", Connection::kSourcePolicy, "", kInvoke},
    {"states", "states", Connection::kSourcePolicy, "states:DescribeExecution", "states:StartExecution"},
    {"states", "bus", Connection::kSourcePolicy, "", "events:PutEvents"},
    {"dynamodb", "lambda", Connection::kDestinationPolicy,
     "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams", "", "/stream/*"},
    {"sqs", "lambda", Connection::kDestinationPolicy, "sqs:ReceiveMessage sqs:GetQueueAttributes",
     "sqs:DeleteMessage"},
    {"sns", "sqs", Connection::kResourcePolicy, "", "sqs:SendMessage"},
    {"rule", "sqs", Connection::kResourcePolicy, "", "sqs:SendMessage"},
    {"rule", "sns", Connection::kResourcePolicy, "", "sns:Publish"},
    {"sns", "lambda", Connection::kPermission, "", "lambda:InvokeFunction"},
    {"s3", "lambda", Connection::kPermission, "", "lambda:InvokeFunction"},
    {"rule", "lambda", Connection::kPermission, "", "lambda:InvokeFunction"},
    {"api", "lambda", Connection::kPermission, "", "lambda:InvokeFunction"},
};

}  // namespace

const Connection* find_connection(std::string_view source_type, std::string_view destination_type) {
  const Service* source = find_service(source_type);
  const Service* destination = find_service(destination_type);
  if (!source || !destination) return nullptr;
  for (const Connection& one : kConnections) {
    if (one.source == source->name && one.destination == destination->name) return &one;
  }
  return nullptr;
}

std::string_view principal_of_type(std::string_view type) {
  const Service* service = find_service(type);
  return service ? service->principal : std::string_view{};
}

}  // namespace assay::formats::cloudformation
