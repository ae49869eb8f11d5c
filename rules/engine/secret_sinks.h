// One secret that is written once is one finding, wherever it goes. A literal in a variable's default may
// be found by the rule about variables and by the rules about each resource that it reaches; what has to be
// done is the same. Findings of rules about one weakness (a shared CWE, the tag "secret") with one region
// become the one that says most: the surest verdict, the highest severity and precision, the longest chain.
// The others become its related places.
//
// Called by the pipeline when it is known what is reported: what is suppressed stays by itself, and a
// finding that is not reported must not stand for one that is. Threads: a pure function.
#pragma once

#include <vector>

#include "rules/engine/finding.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

// `findings` are sorted by region, as evaluate() leaves them, and stay so.
void merge_secret_sinks(std::vector<Finding>& findings, const RuleSet& rules);

}  // namespace assay::rules
