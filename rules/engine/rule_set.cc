#include "rules/engine/rule_set.h"

#include <algorithm>
#include <numeric>

#include "parsers/core/suggest.h"
#include "parsers/core/text.h"

namespace assay::rules {
void RuleSet::add(Rule rule) { rules_.push_back(std::move(rule)); }

void RuleSet::seal() {
  // Positions are sorted and each rule is moved once: rules are large.
  std::vector<uint32_t> order(rules_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return rules_[a].info.id < rules_[b].info.id; });
  std::vector<Rule> sorted;
  sorted.reserve(rules_.size());
  for (uint32_t at : order) sorted.push_back(std::move(rules_[at]));
  rules_ = std::move(sorted);
  by_type_.clear();
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    for (const std::string& type : rules_[i].info.resources) {
      by_type_[core::Symbol(type)].push_back(i);
    }
  }
}

std::span<const uint32_t> RuleSet::for_type(core::Symbol type) const {
  auto found = by_type_.find(type);
  return found == by_type_.end() ? std::span<const uint32_t>{} : found->second;
}

const Rule* RuleSet::find(std::string_view id) const {
  for (const Rule& rule : rules_) {
    if (rule.info.id == id) return &rule;
  }
  return nullptr;
}

bool names_rule(std::string_view pattern, const RuleInfo& rule) {
  if (pattern.empty()) return false;
  bool is_glob = pattern.find_first_of("*?") != std::string_view::npos;
  auto matches = [&](std::string_view name) {
    return is_glob ? core::glob_match(core::to_lower_ascii(pattern), core::to_lower_ascii(name))
                   : core::equals_ignoring_case(pattern, name);
  };
  if (matches(rule.id) || matches(rule.name)) return true;
  for (const Alias& alias : rule.aliases) {
    if (matches(alias.id)) return true;
    size_t colon = pattern.find(':');
    if (colon != std::string_view::npos && core::equals_ignoring_case(pattern.substr(0, colon), alias.tool) &&
        names_rule(pattern.substr(colon + 1), RuleInfo{.id = alias.id})) {
      return true;
    }
  }
  return false;
}

std::string suggest_rule(std::string_view pattern, std::span<const Rule> rules) {
  std::vector<std::string_view> names;
  for (const Rule& rule : rules) {
    names.push_back(rule.info.id);
    names.push_back(rule.info.name);
    for (const Alias& alias : rule.info.aliases) names.push_back(alias.id);
  }
  return std::string(core::closest(pattern, names));
}

}  // namespace assay::rules
