// Parameters of a template: their declarations, and the values that files given with --params or the
// declared defaults have for them.
//
// Ownership: values live in the arena of the root. Threads: pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/problem.h"
#include "parsers/formats/cloudformation/parameter_files.h"
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
  std::string_view pattern;  // AllowedPattern, of an unknown one
};

// What stands in the Parameters section.
struct Declaration {
  std::string_view name;
  core::Span key_span;
  core::Span span;
  const syntax::Node* node = nullptr;
};

// The values that --params files give, by name.
using GivenValues = std::map<std::string_view, GivenParameter>;
GivenValues read_given_values(const LoadContext& context, core::Arena& arena);

// Reads one declaration. `prefix` is that of the template's identities. Declares the allowed values of
// an unknown one as the domain of its id in the root's guards. Values that the declaration refuses are
// Problems. `arguments`, if not null, is what the stack around gives: no file counts then.
Parameter read_parameter(const Declaration& declaration, std::string_view prefix, TreeValues& values,
                         model::Root& root, const GivenValues& given,
                         const std::map<std::string_view, model::Value>* arguments,
                         core::Problems& problems);

}  // namespace assay::formats::cloudformation
