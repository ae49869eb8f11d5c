// Checkov's custom policies as a policy language, and their files as rules.
//
// A policy judges resources by their native types. attach_views() gives every resource of a project the
// view "checkov/resource", its native attributes, under which the engine finds these rules; it is called
// only when such a rule takes part. Threads: none of its own.
#pragma once

#include <string>
#include <string_view>

#include "parsers/model/resource.h"
#include "rules/engine/rule_set.h"
#include "rules/lang/pack/rule_file.h"
#include "rules/lang/policy_language.h"

namespace assay::rules::checkov {

inline constexpr std::string_view kResourceView = "checkov/resource";

const PolicyLanguage& language();

// Is the file a policy: YAML or JSON with `metadata` and `definition`?
bool is_policy_file(std::string_view path, std::string_view text);
// Never fails: `errors` says what is wrong. `path` becomes RuleInfo::source.
RuleFile read_policy_file(std::string path, std::string_view text);

void attach_views(model::Project& project, const RuleSet& rules);

}  // namespace assay::rules::checkov
