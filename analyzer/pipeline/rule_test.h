// Rule tests: runs the examples of rule files, and the mutation gate over them. `assay test` and the
// tests of the built-in packs call this.
#pragma once

#include <string>
#include <vector>

#include "rules/engine/rule_set.h"
#include "rules/lang/pack/rule_file.h"

namespace assay::pipeline {

struct TestFailure {
  uint32_t line = 0;    // in the rule file
  std::string message;
};

struct RuleTestResult {
  size_t examples = 0;
  size_t mutations = 0;
  size_t fixed = 0;     // bad examples that the rule's fix repairs
  std::vector<TestFailure> failures;
};

struct RuleTestOptions {
  bool mutate = true;
  const rules::RuleSet* others = nullptr;  // sealed, compiled: a fix must not make one of them speak up
};

// REQUIRES: file.errors is empty and the rule is compiled (rules::check_rule_file).
RuleTestResult test_rule_file(const rules::RuleFile& file, const RuleTestOptions& options);

}  // namespace assay::pipeline
