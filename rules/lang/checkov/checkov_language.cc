#include "rules/lang/checkov/checkov_language.h"

#include <algorithm>

#include "rules/lang/checkov/graph.h"
#include "rules/lang/checkov/policy.h"

namespace assay::rules::checkov {
namespace {

class CheckovLanguage : public PolicyLanguage {
 public:
  std::string_view name() const override { return "checkov"; }

  CompiledPolicy compile(std::string_view text, bool each) const override {
    CompiledPolicy out;
    if (each) {
      out.errors.push_back({0, 0, "`each` does not go with Checkov's policies"});
      return out;
    }
    std::unique_ptr<Policy> policy = read_policy(text, out.errors);
    if (policy) out.check = std::make_shared<PolicyCheck>(std::move(policy));
    return out;
  }
};

}  // namespace

const PolicyLanguage& language() {
  static const CheckovLanguage language;
  return language;
}

bool is_policy_file(std::string_view path, std::string_view text) {
  bool named = path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
  return named && looks_like_policy(text);
}

RuleFile read_policy_file(std::string path, std::string_view text) {
  RuleFile out;
  std::vector<PolicyError> errors;
  std::unique_ptr<Policy> policy = read_policy(text, errors);
  for (const PolicyError& error : errors) {
    std::string_view before = text.substr(0, error.begin);
    out.errors.push_back({static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n')), error.message});
  }
  out.rule.language = "checkov";
  out.rule.logic = std::string(text);
  out.logic_line = 1;
  if (!policy) return out;
  out.rule.info = policy->info;
  out.rule.info.source = std::move(path);
  out.rule.info.resources = {std::string(kResourceView)};
  out.rule.check = std::make_shared<PolicyCheck>(std::move(policy));
  return out;
}

void attach_views(model::Project& project, const RuleSet& rules) {
  bool needed = std::any_of(rules.rules().begin(), rules.rules().end(), [](const Rule& rule) { return rule.language == "checkov"; });
  if (!needed) return;
  const core::Symbol view{kResourceView};
  for (model::Resource* resource : project.resources) resource->views.push_back({view, resource->attributes});
}

}  // namespace assay::rules::checkov
