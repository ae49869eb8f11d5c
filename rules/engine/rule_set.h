// RuleSet: the rules of one scan, indexed by canonical type, so that a resource meets only its own.
//
// Checks are compiled on demand: `compile` of a Rule runs when the first resource of its type is
// judged, so that a scan pays only for the rules it needs.
// Ownership: owns its rules. Threads: built by one; seal() makes it read only for all.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/core/symbol.h"
#include "rules/engine/rule.h"

namespace assay::rules {

class RuleSet {
 public:
  // REQUIRES: no rule of that id is there yet (see find()).
  void add(Rule rule);
  // Sorts by id and builds the index.
  void seal();

  const std::vector<Rule>& rules() const { return rules_; }
  std::vector<Rule>& mutable_rules() { return rules_; }
  // Indices of the rules that judge a canonical type; empty when none.
  std::span<const uint32_t> for_type(core::Symbol type) const;
  const Rule* find(std::string_view id) const;

 private:
  std::vector<Rule> rules_;
  std::unordered_map<core::Symbol, std::vector<uint32_t>> by_type_;
};

// Does `pattern` name the rule? A pattern is an id, a name, an alias of any tool (with or without
// "tool:" in front), or a glob over those. Letter case does not matter.
bool names_rule(std::string_view pattern, const RuleInfo& rule);

// The id, name or alias closest to a pattern that names nothing; empty when nothing is close.
std::string suggest_rule(std::string_view pattern, std::span<const Rule> rules);

}  // namespace assay::rules
