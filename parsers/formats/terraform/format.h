// The Terraform format (and OpenTofu): .tf, .tofu, .tf.json and variable files. A root is a directory
// that no other module calls, with all local modules it calls; see evaluator.h for what happens to it.
// Threads: stateless.
#pragma once

#include <string>
#include <string_view>

#include "parsers/formats/format.h"

namespace assay::formats {

const Format& terraform_format();

namespace terraform {

// One expression in the scope of the root module in `directory` ("" for none: an empty module), for
// `assay debug expr`. The value lives in `root`; an error carries its message.
struct ExpressionResult {
  model::Value value;
  bool is_error = false;
  std::string error;
};
ExpressionResult evaluate_expression(std::string_view text, std::string_view directory,
                                     const LoadContext& context, model::Root& root);

}  // namespace terraform
}  // namespace assay::formats
