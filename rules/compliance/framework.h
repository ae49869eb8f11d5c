// Compliance frameworks as data: which requirements a benchmark or standard has, in our own words, and which of them
// templates can decide. The files are frameworks/*.tsv (README.md there); they are embedded as they are and read when
// somebody asks. Which rule answers which requirement stands in the rules (`controls:`), nowhere else.
//
// Used by the pipeline (assessment.h), by `assay rules` and by tests. Everything lives as long as the process. Threads: safe.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/finding.h"

namespace assay::rules {

struct Requirement {
  std::string_view id;            // "2.1.4": text, as "1.10" is not "1.1"
  std::string_view title;         // our own words, as a statement that holds when all is well
  std::string_view korean_title;  // may be empty
  bool runtime = false;           // no template can decide it: the state of an account, a process
  // Where other versions of the framework have the same requirement; what answers it there answers it here.
  std::vector<Control> like;
};

struct Framework {
  std::string name;         // of --compliance: "cis-aws-5.0", "soc2"
  std::string_view id;      // of `controls:` in rules: "cis-aws"
  std::string_view version; // "5.0"; may be empty
  std::string_view title;
  std::string_view source;  // of ids and titles
  std::string_view edges;   // of the edges from rules
  std::string_view part;    // which part of the standard is listed; empty: all of it
  std::vector<Requirement> requirements;  // in the order of the standard

  const Requirement* find(std::string_view requirement) const;
};

// Sorted by name.
std::span<const Framework> all_frameworks();
// By name, letter case aside; null when there is none. A framework with one version is found without it too.
const Framework* find_framework(std::string_view name);

// Does the rule answer this requirement, or the same one of another version?
bool answers(const RuleInfo& rule, const Framework& framework, const Requirement& requirement);
// Does it answer any?
bool answers(const RuleInfo& rule, const Framework& framework);

// The framework data behind all_frameworks(), for tests of broken data: "line 7: ..." per mistake goes to `errors`.
std::vector<Framework> parse_frameworks(std::string_view text, std::vector<std::string>& errors);

}  // namespace assay::rules
