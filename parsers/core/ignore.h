// gitignore patterns, as gitignore(5) says and git's wildmatch does. The walker uses them for
// .gitignore files and for `exclude:` of the configuration.
//
// An IgnoreFile holds the patterns of one file and the directory they are relative to. Which of
// several files decides is the walker's business: the innermost directory first, in a file the
// last matching line first.
// Ownership: patterns are copied. Threads: matching is const and safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::core {

// A glob as wildmatch with WM_PATHNAME reads it: `*` and `?` stop at "/", `**/`, `/**/` and `/**`
// cross it, [a-z], [!a] and [[:alpha:]], backslash escapes. Never exponential.
class Wildcard {
 public:
  explicit Wildcard(std::string_view pattern);
  bool matches(std::string_view text) const;

 private:
  enum class Op : uint8_t { kLiteral, kAny, kClass, kStar, kStarStar, kStarStarSlash, kNever };
  struct Token {
    Op op;
    char literal = 0;
    uint32_t set = 0;  // index into sets_
  };
  struct CharSet {
    uint64_t bits[4] = {0, 0, 0, 0};
    void add(unsigned char c) { bits[c >> 6] |= uint64_t{1} << (c & 63); }
    bool has(unsigned char c) const { return bits[c >> 6] >> (c & 63) & 1; }
  };
  size_t compile_class(std::string_view pattern, size_t at);
  bool matches_one(const Token& token, char c) const;
  std::vector<Token> tokens_;
  std::vector<CharSet> sets_;
};

enum class IgnoreVerdict : uint8_t { kNoMatch, kIgnored, kIncluded };

class IgnoreFile {
 public:
  // `directory` is where the file lies, relative to the same root as the paths given to match();
  // "" is that root itself.
  IgnoreFile(std::string_view text, std::string directory);
  // `path` relative to the root, without a leading or final slash. kNoMatch when it is not below
  // directory() or no line says anything.
  IgnoreVerdict match(std::string_view path, bool is_directory) const;
  const std::string& directory() const { return directory_; }
  bool empty() const { return patterns_.empty(); }

 private:
  struct Pattern {
    std::string prefix;    // literal start; the whole pattern when `literal`
    Wildcard rest{""};     // what follows the prefix
    bool literal = false;  // no wildcard at all
    bool suffix = false;   // "*" and a literal, kept in prefix: *.tfstate
    bool negated = false;  // starts with "!"
    bool directory_only = false;
    bool base_name = false;  // has no slash: compared with the last component
  };
  void add_line(std::string_view line);
  static bool matches(const Pattern& pattern, std::string_view name);
  std::string directory_;
  std::vector<Pattern> patterns_;
};

}  // namespace assay::core
