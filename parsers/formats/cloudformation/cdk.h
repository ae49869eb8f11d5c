// What the AWS CDK writes beside its templates: cdk.out/manifest.json names the stacks of an app, with
// their environment and parameters; asset.* folders hold what is uploaded, which are no templates.
//
// Called by format.cc and lowering. Pure functions over files that were read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/formats/cloudformation/parameter_files.h"
#include "parsers/formats/format.h"

namespace assay::formats::cloudformation {

struct CdkStack {
  std::map<std::string, std::string> environment;  // "AWS::Region", "AWS::AccountId", "AWS::StackName"
  std::vector<GivenParameter> parameters;
};

// The path of the manifest that would speak of this file: beside it, or beside its asset.* folder.
std::string cdk_manifest_path(std::string_view path);
// True for files below an asset.* folder of a cdk.out whose manifest was read.
bool is_cdk_asset(std::string_view path, const LoadContext& context);
// What the manifest says of this template; nullopt when there is none or it does not name the template.
std::optional<CdkStack> find_cdk_stack(std::string_view template_path, const LoadContext& context,
                                       core::Arena& arena);

}  // namespace assay::formats::cloudformation
