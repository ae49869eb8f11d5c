// Values given to the root module's variables, by Terraform's precedence (variables.cc applies it):
// environment, terraform.tfvars, terraform.tfvars.json, *.auto.tfvars in byte order, then --var and
// --var-file. Native and JSON variable files are read here; only the winning value is evaluated.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "parsers/formats/format.h"
#include "parsers/syntax/tree.h"

namespace assay::formats::terraform {

struct Input {
  const syntax::Node* node = nullptr;  // an HCL expression or a JSON value; null: `text`
  const syntax::Tree* tree = nullptr;
  bool json = false;
  std::string text;       // of --var and TF_VAR_: an expression only if the type is not primitive
  std::string described;  // "--var acl", "TF_VAR_acl"; "" for files
  core::Span span;        // of the name in a file
};

using Inputs = std::map<std::string, Input, std::less<>>;

// `files` are those of the root directory. Names of files that gave values are appended to `used`.
Inputs collect_inputs(std::span<const InputFile* const> files, const LoadContext& context,
                      std::vector<std::string>& used, core::Problems& problems);

}  // namespace assay::formats::terraform
