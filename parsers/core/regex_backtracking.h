// Regular expressions with look-around and back-references, for policies that were written for Python or
// Perl. PCRE2 may need exponential time, so each search has a budget; what runs out of it is not known.
// Use Regex (regex.h) for everything it can compile.
//
// Ownership: immutable. Threads: safe.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "parsers/core/result.h"

namespace assay::core {

class BacktrackingRegex {
 public:
  // Error code "bad-regex", with PCRE2's explanation.
  static Result<std::shared_ptr<const BacktrackingRegex>> compile(std::string_view pattern);
  ~BacktrackingRegex();
  BacktrackingRegex(const BacktrackingRegex&) = delete;
  BacktrackingRegex& operator=(const BacktrackingRegex&) = delete;

  // Does it match anywhere? Nothing when the budget ran out.
  std::optional<bool> search(std::string_view text) const;

 private:
  struct Code;
  explicit BacktrackingRegex(std::unique_ptr<Code> code);
  std::unique_ptr<Code> code_;
};

}  // namespace assay::core
