// The policy templates of SAM, as data: see sam_policies.cc for the notation. Called by sam.cc.
// Threads: constant.
#pragma once

#include <span>
#include <string_view>

namespace assay::formats::cloudformation {

struct PolicyTemplate {
  std::string_view name;
  std::string_view statements;
};

std::span<const PolicyTemplate> policy_templates();  // sorted by name
const PolicyTemplate* find_policy_template(std::string_view name);  // null when there is none

}  // namespace assay::formats::cloudformation
