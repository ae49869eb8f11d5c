// gitleaks's configuration (.gitleaks.toml): own rules, allow lists, what of the built-in is turned off, and its
// list of known findings (.gitleaksignore).
//
// Read are [[rules]] with id, description, regex, path, secretGroup, entropy, keywords and allow lists; [allowlist]
// and [[allowlists]] with paths, regexes, regexTarget, stopwords, condition, targetRules; [extend] with path,
// useDefault and disabledRules. Commits mean nothing where no history is read. Rules that gitleaks brings are
// known by the names gitleaks gives them (tokens.h); a rule of the configuration with such a name and no
// expression adds its allow lists to it.
//
// Mistakes of the file are errors; what cannot be used of it (an expression with look-around) is a note, and the
// rest counts. Ownership: a configuration owns its expressions; kinds of matches point into it. Threads: read only
// once built.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/regex.h"
#include "rules/secrets/detector.h"

namespace assay::rules::secrets {

struct GitleaksAllowlist {
  enum class Target : uint8_t { kSecret, kMatch, kLine };
  bool all = false;  // condition AND: each kind of criterion that is given must hold
  Target target = Target::kSecret;
  std::vector<std::shared_ptr<const core::Regex>> paths, regexes;
  std::vector<std::string> stopwords;     // in small letters
  std::vector<std::string> target_rules;  // empty: all
  bool has_commits = false;
};

struct GitleaksRule {
  std::string id, description;
  std::shared_ptr<const core::Regex> regex, path;  // either may be null, not both
  size_t group = 0;       // 0: the first that took part, or all
  double entropy = 0;
  std::vector<std::string> keywords;  // in small letters
  std::vector<GitleaksAllowlist> allowlists;
};

struct GitleaksNote {
  uint32_t line = 1;
  std::string message;
  bool lost = false;  // a rule does not count because of it
};

class GitleaksConfig {
 public:
  // Adds what the file says. Called again for the file that `extends()` names.
  void read(std::string_view toml);
  // The path of [extend], to be read as well; empty when there is none or it was taken.
  std::string take_extends();
  // Lines "commit:file:rule:line" or "file:rule:line".
  void read_ignored(std::string_view text);

  const std::vector<GitleaksNote>& errors() const { return errors_; }
  const std::vector<GitleaksNote>& notes() const { return notes_; }
  const std::vector<GitleaksRule>& rules() const { return rules_; }

  // A whole file is allowed.
  bool allows_path(std::string_view path) const;
  // Takes away what is allowed or turned off and adds what the configuration's rules find.
  void apply(std::string_view path, std::string_view text, std::vector<Match>& matches) const;
  bool is_ignored(std::string_view path, std::string_view rule, uint32_t line) const;

 private:
  struct Candidate {
    std::string_view path, rule, secret, match, line;
  };
  void find(const GitleaksRule& rule, std::string_view path, std::string_view text, const std::string& lower,
            std::vector<Match>& out) const;
  bool allowed(const GitleaksAllowlist& list, const Candidate& candidate) const;
  bool allowed_anywhere(const Candidate& candidate) const;

  std::vector<GitleaksRule> rules_;       // with an expression or a path
  std::vector<GitleaksRule> additions_;   // to built-in ones
  std::vector<GitleaksAllowlist> allowlists_;
  std::vector<std::string> disabled_;
  std::vector<std::string> ignored_;      // sorted, "file:rule:line"
  std::vector<GitleaksNote> errors_, notes_;
  std::string extends_;
};

}  // namespace assay::rules::secrets
