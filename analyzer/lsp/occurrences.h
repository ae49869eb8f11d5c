// Names in a document that stand for something declared, and the places that declare it: variables, locals, outputs,
// modules and resources of Terraform, logical ids of CloudFormation.
//
// Called by navigation. Pure functions; symbols own their texts.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/span.h"
#include "parsers/syntax/tree.h"

namespace assay::lsp {

struct Name {
  std::string scope;  // directory of the module, or path of the template; as the paths that were given
  std::string kind;   // "variable", "local", "output", "module", "resource", "data", "logical id", "condition"
  std::string name;
  auto operator<=>(const Name&) const = default;
};

struct Occurrence {
  Name name;
  core::Span span;
  bool declares = false;
};

// `path` is the file's; modules that are called lie beside it. Sorted by place.
std::vector<Occurrence> occurrences(const syntax::Tree& tree, const std::string& path);

// Directory of a module call's local source; "" when it is none.
std::string module_directory(const syntax::Node& block, const std::string& path);
// The text of a quoted expression without holes; "" for others.
std::string_view literal_text(const syntax::Node& expression);

}  // namespace assay::lsp
