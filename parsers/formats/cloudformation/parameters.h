// Parameters of a template: their declarations, and the values that files given with --params or the
// declared defaults have for them.
//
// Ownership: values live in the arena of the root. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/formats/format.h"
#include "parsers/formats/tree_value.h"
#include "parsers/model/resource.h"

namespace assay::formats::cloudformation {

struct Parameter {
  std::string_view name;
  core::Span key_span;
  core::Span span;                       // the whole pair
  const syntax::Node* declaration = nullptr;  // null when it is no mapping
  std::string_view type = "String";
  // What Ref gives: the given value, else the default, else an unknown with what the declaration
  // says about it. NoEcho marks it sensitive.
  model::Value value;
};

// Reads one declaration. `root_id` is "PATH#". Declares the allowed values of an unknown one as the
// domain of its id in the root's guards.
Parameter read_parameter(std::string_view name, core::Span key_span, core::Span span,
                         const syntax::Node* declaration, std::string_view root_id,
                         TreeValues& values, model::Root& root, const LoadContext& context);

}  // namespace assay::formats::cloudformation
