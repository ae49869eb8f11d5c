// Files that give values to parameters (--params), in every shape that tools write:
//   [{"ParameterKey": k, "ParameterValue": v}]     aws cloudformation create-stack
//   {"Parameters": {k: v}} or {"Parameters": [...]}   CodePipeline; --cli-input-json
//   {k: v}                                         rain, sceptre
//   ["k=v", ...], or text with k=v                 aws cloudformation deploy --parameter-overrides
//   samconfig.toml, samconfig.yaml                 parameter_overrides of the environment "default"
//
// Called once per template. Texts view the arena given; spans lie in the file. Threads: pure.
#pragma once

#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/formats/format.h"

namespace assay::formats::cloudformation {

struct GivenParameter {
  std::string_view name;
  std::string_view text;
  core::Span span;
  bool previous = false;  // UsePreviousValue: it has a value that only the running stack knows
};

// In the order of the file: of equal names the last counts. A file without a tree is read as text.
std::vector<GivenParameter> read_parameter_file(const syntax::Tree* tree, core::FileId file,
                                                std::string_view text, core::Arena& arena);

}  // namespace assay::formats::cloudformation
