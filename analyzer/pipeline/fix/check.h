// The gate of fixes: applies the fix of a rule file to its bad examples and demands that the rule
// falls silent, that comments stay and files parse, that no other rule speaks up, and that of every
// format one example is repaired.
//
// Called by rule_test.cc. Threads: none of its own.
#pragma once

#include <vector>

#include "analyzer/pipeline/rule_test.h"

namespace assay::pipeline {

// `others`: sealed and compiled rules that must not find anything new in the fixed examples; may be
// null. Counts the examples that were repaired in `fixed`.
std::vector<TestFailure> check_fix(const rules::RuleFile& file, const rules::RuleSet* others,
                                   size_t& fixed);

}  // namespace assay::pipeline
