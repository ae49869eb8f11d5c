// The names that templates export and import, as far as their text alone tells them: literal text with
// holes for what is computed. Most pairs of names are told apart without evaluating a template.
//
// Pure functions over the tree; a pattern owns its text. Used by stacks.cc.
#pragma once

#include <string>
#include <string_view>

#include "parsers/model/value.h"
#include "parsers/syntax/tree.h"

namespace assay::formats::cloudformation {

struct NamePattern {
  static constexpr char kHole = '\0';  // any text, also none
  std::string text;
  bool by_stack = false;  // holds a pseudo parameter: only a deployment tells it
  bool spelt = false;     // at least one letter or digit is certain
};

// Of the node below Export.Name, and of a value given to Fn::ImportValue.
NamePattern pattern_of(const syntax::Node* name);
NamePattern pattern_of(const model::Value& name);
// Whether one text can be both.
bool may_be_same(const NamePattern& a, const NamePattern& b);

}  // namespace assay::formats::cloudformation
