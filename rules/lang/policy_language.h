// PolicyLanguage: what every policy language gives the engine. A language turns the text of one
// policy into a Check; all languages are listed in all.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/rule.h"

namespace assay::rules {

// A mistake in a policy: where in its text, and what.
struct PolicyError {
  uint32_t begin = 0;  // byte offsets into the text given to compile()
  uint32_t end = 0;
  std::string message;
};

struct CompiledPolicy {
  std::shared_ptr<const Check> check;  // null when there are errors
  std::vector<PolicyError> errors;
};

class PolicyLanguage {
 public:
  virtual ~PolicyLanguage() = default;
  virtual std::string_view name() const = 0;  // also the name of the code fence: "cel"
  // `each` says that the policy judges one element, bound to `item`, beside `resource`.
  virtual CompiledPolicy compile(std::string_view text, bool each) const = 0;
  // The parsed and checked form of a policy, for restore() of the same build; empty where there is none.
  virtual std::string prepare(std::string_view /*text*/, bool /*each*/) const { return {}; }
  // What compile(text, each) would give, from its prepared form, which must outlive the check; no check where that is
  // malformed.
  virtual CompiledPolicy restore(std::string_view /*text*/, std::string_view /*prepared*/, bool /*each*/) const { return {}; }
};

std::span<const PolicyLanguage* const> all_languages();
const PolicyLanguage* find_language(std::string_view name);

}  // namespace assay::rules
