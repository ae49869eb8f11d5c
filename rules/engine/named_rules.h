// Which rules a name, alias or glob means: found out once. As names_rule() has it; where many names are asked for, plain
// ones are looked up.
//
// Called by suppressions. Ownership: the rules must outlive it. Threads: one.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "parsers/core/text.h"
#include "rules/engine/foreign_ids.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

class NamedRules {
 public:
  explicit NamedRules(std::span<const Rule> rules) : rules_(rules) {}

  // By position.
  const std::vector<bool>& of(const std::string& name) {
    auto [at, is_new] = named_.try_emplace(name);
    if (!is_new) return at->second;
    std::vector<bool>& out = at->second;
    bool plain = name.find_first_of("*?:") == std::string::npos;
    if (!plain || named_.size() <= kFewNames) {
      out.reserve(rules_.size());
      for (const Rule& rule : rules_) out.push_back(names_rule(name, rule.info));
      return out;
    }
    if (by_name_.empty()) index();
    out.resize(rules_.size());
    for (const std::string& key : {core::to_lower_ascii(name), "trivy " + trivy_key(name)}) {
      auto found = by_name_.find(key);
      if (found == by_name_.end()) continue;
      for (uint32_t rule : found->second) out[rule] = true;
    }
    return out;
  }

  bool any(const std::string& name) {
    if (name == "*") return true;
    const std::vector<bool>& named = of(name);
    return std::find(named.begin(), named.end(), true) != named.end();
  }

 private:
  static constexpr size_t kFewNames = 4;
  void index() {
    for (uint32_t i = 0; i < rules_.size(); ++i) {
      const RuleInfo& rule = rules_[i].info;
      auto add = [&](std::string key) { by_name_[std::move(key)].push_back(i); };
      add(core::to_lower_ascii(rule.id));
      add(core::to_lower_ascii(rule.name));
      for (const Alias& alias : rule.aliases) {
        add(core::to_lower_ascii(alias.id));
        if (alias.tool != "trivy") continue;
        add("trivy " + trivy_key(alias.id));
        any_trivy_name(alias.id, [&](std::string_view name) {
          add(core::to_lower_ascii(name));
          return false;
        });
      }
    }
  }
  std::span<const Rule> rules_;
  std::unordered_map<std::string, std::vector<uint32_t>> by_name_;
  std::unordered_map<std::string, std::vector<bool>> named_;
};

}  // namespace assay::rules
