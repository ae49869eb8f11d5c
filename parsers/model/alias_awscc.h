// Tables of Terraform's awscc provider, made from those of CloudFormation. That provider has one
// resource type for each type of CloudFormation ("AWS::S3::Bucket" is awscc_s3_bucket) and the same
// properties, spelt by a law of its own; so whatever a table says of a CloudFormation type holds for
// its twin once the names are respelt, and no table is written twice.
//
// Called by aliases.cc. Tables made here live, and view names that live, as long as the AwsccTables.
// Threads: any may ask.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "parsers/model/alias_table.h"

namespace assay::model {

inline constexpr std::string_view kAwsccPrefix = "awscc_";

// "KMSMasterKeyID" -> "kms_master_key_id", "Ipv6Cidr" -> "ipv_6_cidr", "VPCs" -> "vp_cs".
std::string awscc_name(std::string_view property);
// "AWS::RDS::DBInstance" -> "awscc_rds_db_instance"; empty when it is no such type.
std::string awscc_type(std::string_view cloudformation);
// How snake_case() spells the property that has this name in awscc: "ipv_6_cidr" -> "ipv6_cidr",
// "target_group_ar_ns" -> "target_group_arns". Names that awscc cannot have made stay.
std::string without_awscc_breaks(std::string_view name);

class AwsccTables {
 public:
  // The CloudFormation type whose twin `native` is, of those that `list` names when it is first asked;
  // empty when there is none.
  template <typename List>
  std::string_view twin(std::string_view native, const List& list) {
    std::lock_guard lock(mutex_);
    if (twins_.empty()) {
      list([&](std::string_view type) { twins_.emplace(keep(awscc_type(type)), type); });
    }
    auto at = twins_.find(native);
    return at == twins_.end() ? std::string_view() : at->second;
  }
  // The table of the twin of a CloudFormation type, satellites included. Its body must have been read.
  const NativeTable* table(const NativeTable& cloudformation);

 private:
  std::string_view keep(std::string text);
  std::string_view name(std::string_view property, std::string_view type);
  Path path(const Path& cloudformation, std::string_view type);
  Mapping mapping(const Mapping& cloudformation, std::string_view type);

  std::mutex mutex_;
  std::deque<std::string> texts_;
  std::unordered_set<std::string_view> known_;
  std::unordered_map<std::string_view, std::string_view> twins_;
  std::unordered_map<const NativeTable*, NativeTable> tables_;  // by that of CloudFormation
};

}  // namespace assay::model
