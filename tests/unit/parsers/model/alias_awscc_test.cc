#include "parsers/model/alias_awscc.h"

#include <gtest/gtest.h>

#include "parsers/model/alias_values.h"

namespace assay::model {
namespace {

TEST(AwsccNames, AreSpeltAsTheProviderDoes) {
  EXPECT_EQ(awscc_name("BucketName"), "bucket_name");
  EXPECT_EQ(awscc_name("KMSMasterKeyID"), "kms_master_key_id");
  EXPECT_EQ(awscc_name("SSEAlgorithm"), "sse_algorithm");
  EXPECT_EQ(awscc_name("Ipv6CidrBlock"), "ipv_6_cidr_block");
  EXPECT_EQ(awscc_name("CidrIpv6"), "cidr_ipv_6");
  EXPECT_EQ(awscc_name("S3Bucket"), "s3_bucket");
  EXPECT_EQ(awscc_name("AWS99Thing"), "aws99_thing");
  EXPECT_EQ(awscc_name("CloudWatchLogsLogGroupArn"), "cloudwatch_logs_log_group_arn");
  EXPECT_EQ(awscc_name("CNAMEs"), "cnames");
  EXPECT_EQ(awscc_name("TargetGroupARNs"), "target_group_ar_ns");
  EXPECT_EQ(awscc_name("Arn"), "arn");
}

TEST(AwsccNames, OfTypes) {
  EXPECT_EQ(awscc_type("AWS::S3::Bucket"), "awscc_s3_bucket");
  EXPECT_EQ(awscc_type("AWS::RDS::DBInstance"), "awscc_rds_db_instance");
  EXPECT_EQ(awscc_type("AWS::WAFv2::WebACL"), "awscc_wafv2_web_acl");
  EXPECT_EQ(awscc_type("AWS::EC2::VPCEndpoint"), "awscc_ec2_vpc_endpoint");
  EXPECT_EQ(awscc_type("AWS::ElasticLoadBalancingV2::LoadBalancer"),
            "awscc_elasticloadbalancingv2_load_balancer");
  EXPECT_EQ(awscc_type("Custom::Thing"), "");
  EXPECT_EQ(awscc_type("AWS::Region"), "");
}

TEST(AwsccNames, BreaksThatSnakeCaseHasNot) {
  for (const char* property : {"Ipv6CidrBlock", "TargetGroupARNs", "S3BucketName", "KmsKeyId", "Http2Enabled", "VPCs",
                               "SubnetIds", "RunAsUser", "OSType", "EnableIMDSv2"}) {
    EXPECT_EQ(without_awscc_breaks(awscc_name(property)), snake_case(property)) << property;
  }
  EXPECT_EQ(without_awscc_breaks("KEY_1"), "KEY_1");
}

}  // namespace
}  // namespace assay::model
