// What an expression of a template sees beside parameters and variables (loops, lambdas, the
// parameters of the function it stands in), and where in its root a template is evaluated.
//
// Ownership: everything lives in the root's arena or on the evaluator's stack. Threads: one per root.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/formats/arm/expression.h"
#include "parsers/formats/tree_value.h"
#include "parsers/model/value.h"

namespace assay::formats::arm {

// A `copy` around: copyIndex() is its index.
struct Loop {
  std::string_view name;
  model::Value index;
  const Loop* outer = nullptr;
};

// A parameter of a lambda, or of a function of the template's own.
struct Local {
  std::string_view name;
  model::Value value;
  const Local* outer = nullptr;
};

struct Scope {
  const Loop* loop = nullptr;
  const Local* lambda = nullptr;
  const Local* function = nullptr;  // parameters() sees these only
  bool in_function = false;
};

// The string of a template that an expression stands in.
struct Written {
  const syntax::Node* node = nullptr;
  TreeValues* values = nullptr;
};

// What a deployment hands to the template inside it.
struct Argument {
  model::Value value;
  core::Span span;
};
using Arguments = std::map<std::string, Argument, std::less<>>;  // names in lower case

struct Place {
  std::string prefix;                    // of identities: "PATH#", "PATH#network/"
  std::string resources_prefix;          // of identities of resources; empty: `prefix`
  std::string_view module_path;          // "network": of the rows
  model::Guard exists = model::kAlways;  // of the deployment that holds the template
  const Arguments* arguments = nullptr;  // of a nested deployment
  uint32_t depth = 0;
};

// One resource that the template deploys, before its body is read.
struct Instance {
  const syntax::Node* node = nullptr;
  const Loop* loop = nullptr;
  std::string_view symbol;    // of languageVersion 2.0
  std::string_view type;      // in full, as the alias tables spell it
  model::Value name;          // in full: "account/default"
  core::Span type_span;
  model::Guard exists = model::kAlways;
  std::string_view module_path;
  uint32_t row = 0;
  uint32_t parent = 0xffffffff;  // row of the resource it is nested in
  bool representative = false;
  bool conditional = false;
};

}  // namespace assay::formats::arm
