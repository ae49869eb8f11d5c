// One Terraform expression on its own, in a directory's root module: for `assay debug expr`.
#pragma once

#include <string>

#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {

struct ExpressionAnswer {
  std::string text;   // JSON, or "unknown"
  std::string error;  // not empty: the expression has no value
};

// `options.paths` names the directory; empty: an empty module.
ExpressionAnswer evaluate_expression(core::FileSystem& files, const ScanOptions& options,
                                     std::string_view expression);

}  // namespace assay::pipeline
