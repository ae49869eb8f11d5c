// Mutations of a CEL expression, for the mutation gate of the rule packs: each sub-expression in a
// boolean position is negated, and each side of && and || is dropped. A rule whose examples do not
// notice such a change has examples that prove too little, or says more than it needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::rules::cel {

struct Mutation {
  std::string text;         // the whole changed expression
  std::string description;  // "negated: resource.acl == \"private\""
  uint32_t begin = 0;       // of the changed part, in the original
};

// Empty when the expression does not parse. In source order.
std::vector<Mutation> mutations(std::string_view expression);

}  // namespace assay::rules::cel
