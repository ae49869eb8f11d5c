// Translates the CEL of rules, in which a missing attribute reads as null and nothing fails, to plain CEL of Kubernetes,
// in which reading a missing field is an error: selections become optional ones, comparisons look at types first. What has
// no exact counterpart is refused with the reason.
//
// Called by export.h. Ownership: results are strings of their own. Threads: pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace assay::rules::vap {

struct Translation {
  std::string text;    // a bool in Kubernetes' CEL; empty where there is none
  std::string reason;  // why
};

// What a name of the rule stands for: an expression that is never null ("object", "variables.template"), or an optional one.
struct Meaning {
  std::string text;
  bool optional = false;
};
using Meanings = std::map<std::string, Meaning, std::less<>>;

// `names`: what "resource", "resource.containers", "item" mean; the longest that fits counts.
Translation translate_condition(std::string_view logic, const Meanings& names);

}  // namespace assay::rules::vap
