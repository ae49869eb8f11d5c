// Regular expressions, RE2 syntax: linear time whatever the pattern and the text, which come from
// strangers. The semantics of find_all() and replace() are Go's (regexp.FindAll, ReplaceAll), as
// Terraform, Rego and CEL all follow them.
//
// Ownership: a Regex is immutable; compiled ones are cached by pattern and options for as long as
// somebody holds them or the cache has room. Threads: safe.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/result.h"

namespace assay::core {

struct RegexOptions {
  bool ignore_case = false;
  bool dot_all = false;  // "." also matches a newline
  bool longest = false;  // leftmost-longest, as POSIX
  bool latin1 = false;   // match bytes instead of UTF-8 characters
  bool operator==(const RegexOptions&) const = default;
};

struct RegexMatch {
  struct Group {
    size_t begin = 0, end = 0;  // byte offsets in the text
    bool matched = false;
  };
  std::vector<Group> groups;  // [0] is the whole match
  size_t begin() const { return groups[0].begin; }
  size_t end() const { return groups[0].end; }
  // Empty when the group took no part.
  std::string_view text(std::string_view subject, size_t group = 0) const {
    return subject.substr(groups[group].begin, groups[group].end - groups[group].begin);
  }
};

class Regex {
 public:
  // Error code "bad-regex", with RE2's explanation.
  static Result<std::shared_ptr<const Regex>> compile(std::string_view pattern,
                                                      RegexOptions options = {});
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  bool search(std::string_view text) const;  // anywhere
  bool full_match(std::string_view text) const;
  // The first match at or behind `start`; `out` is untouched when there is none.
  bool find(std::string_view text, size_t start, RegexMatch& out) const;
  // Non-overlapping, left to right, at most `limit`.
  std::vector<RegexMatch> find_all(std::string_view text, size_t limit = SIZE_MAX) const;
  // In `replacement`, $1, ${1}, $name and ${name} stand for groups ("" when there is none) and $$
  // for "$"; a name extends as far as letters, digits and underscores go.
  std::string replace(std::string_view text, std::string_view replacement) const;
  using Replacer = std::function<void(const RegexMatch& match, std::string& out)>;
  std::string replace(std::string_view text, const Replacer& replacer) const;

  size_t group_count() const;  // without group 0
  // By group number, [0] included; "" for groups without a name.
  const std::vector<std::string>& group_names() const;
  const std::string& pattern() const;

 private:
  struct Compiled;
  explicit Regex(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

// `text` with every character that means something to RE2 escaped.
std::string regex_quote(std::string_view text);

}  // namespace assay::core
