// The paths that an expression of a rule reads, where its value depends on nothing but what stands there
// (Check::paths, rules/engine/rule.h).
//
// Called by cel_check.cc when a rule is compiled. Ownership: keys view the program. Threads: no state.
#pragma once

#include <vector>

#include "rules/engine/rule.h"
#include "rules/lang/cel/program.h"

namespace assay::rules::cel {

// Adds each path once. False when the value may depend on more: other resources, the address, where a value was written.
bool collect_paths(const Node& node, std::vector<ReadPath>& out);

// A condition that is false only where `node` is, and depends on nothing but the paths added: of `a && b` what can be
// told from paths, of exists() the same of its body. Null when nothing can. New nodes are made in `arena`.
const Node* weaker(const Node& node, core::Arena& arena, std::vector<ReadPath>& out);

}  // namespace assay::rules::cel
