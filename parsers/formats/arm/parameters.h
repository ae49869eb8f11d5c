// Parameters of a template: their declarations, and the values that files given with --params, the
// deployment around or the declared defaults have for them.
//
// A default counts as the value, as everywhere in Assay; it may be an expression, so the evaluator
// reads it on demand. Ownership: values live in the arena of the root. Threads: pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "parsers/core/problem.h"
#include "parsers/formats/format.h"
#include "parsers/model/resource.h"
#include "parsers/syntax/tree.h"

namespace assay::formats::arm {

// What a parameter file says of one parameter.
struct GivenValue {
  const syntax::Node* value = nullptr;  // null: a reference to a key vault
  const syntax::Tree* tree = nullptr;
  core::Span span;
};
using GivenValues = std::map<std::string, GivenValue, std::less<>>;  // names in lower case

struct Parameter {
  std::string_view name;
  core::Span key_span;
  core::Span span;                            // the whole pair
  const syntax::Node* declaration = nullptr;  // null when it is no mapping
  std::string_view type;                      // "string", "securestring" and so on, in lower case
  bool secure = false;
  enum : uint8_t { kNew, kRunning, kDone } state = kNew;
  GivenValue given;
  bool is_given = false;
  model::Value value;
};

// The mapping `parameters` of a parameter file; null when the file is none.
const syntax::Node* parameter_section(const syntax::Tree* tree);
// Values of all files that --params names and that are parameter files of this format.
GivenValues read_given_values(const LoadContext& context);
// Name, type and place of a declaration. `definitions` holds the template's own types, or is null.
Parameter declare_parameter(std::string_view name, core::Span key_span, core::Span span,
                            const syntax::Node* declaration, const syntax::Node* definitions, core::Arena& arena);
// What a parameter is while nobody gives a value: an unknown with what the declaration says of it.
// Declares allowed values as the domain of its identity.
model::Value unknown_parameter(const Parameter& parameter, const std::string& id, model::Root& root);
// "2" for an int and "true" for a bool are what they say; other values stay.
model::Value as_declared(const model::Value& value, const Parameter& parameter, core::Arena& arena);
// A known value that the declaration refuses is a Problem.
void check_parameter(const Parameter& parameter, core::Problems& problems);

}  // namespace assay::formats::arm
