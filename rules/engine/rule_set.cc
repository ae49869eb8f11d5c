#include "rules/engine/rule_set.h"

#include <algorithm>
#include <numeric>

#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "rules/engine/foreign_ids.h"

namespace assay::rules {
namespace {

constexpr size_t kUsualRules = 1024;  // moving rules to a larger place costs more than this room

bool before(const Rule& a, const Rule& b) { return a.info.id < b.info.id; }

// Positions are sorted and each rule is moved once: rules are large.
void sort_by_id(std::vector<Rule>& rules) {
  std::vector<uint32_t> order(rules.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return before(rules[a], rules[b]); });
  std::vector<Rule> sorted;
  sorted.reserve(rules.size());
  for (uint32_t at : order) sorted.push_back(std::move(rules[at]));
  rules = std::move(sorted);
}

}  // namespace

void RuleSet::add(Rule rule) {
  if (rules_.size() == rules_.capacity()) rules_.reserve(std::max(rules_.size() * 2, kUsualRules));
  rules_.push_back(std::move(rule));
}

void RuleSet::seal() {
  // Those of the pack are in order.
  if (!std::is_sorted(rules_.begin(), rules_.end(), before)) sort_by_id(rules_);
  by_type_.clear();
  // Neighbours often judge the same type.
  std::string_view last;
  std::vector<uint32_t>* indices = nullptr;
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    for (const std::string& type : rules_[i].info.resources) {
      if (!indices || type != last) indices = &by_type_[core::Symbol(type)];
      last = type;
      indices->push_back(i);
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
    if (alias.tool == "trivy") {
      std::string_view id = alias.id;
      if (is_glob ? id.starts_with("AVD-") && matches(id.substr(4)) : same_trivy_id(pattern, id)) return true;
      if (pattern.find('-') != std::string_view::npos && any_trivy_name(alias.id, matches)) return true;
    }
    size_t colon = pattern.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view tool = pattern.substr(0, colon);
    bool same_tool = core::equals_ignoring_case(tool, alias.tool) ||
                     (alias.tool == "trivy" && core::equals_ignoring_case(tool, "tfsec"));
    if (same_tool && names_rule(pattern.substr(colon + 1), RuleInfo{.aliases = {{alias.tool, alias.id}}})) return true;
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
