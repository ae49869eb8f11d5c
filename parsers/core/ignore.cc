#include "parsers/core/ignore.h"

#include <cctype>

#include "parsers/core/path.h"

namespace assay::core {
namespace {

// A line longer than any path can only be hostile.
constexpr size_t kMaxLine = 16 * 1024;

bool is_special(char c) { return c == '*' || c == '?' || c == '[' || c == '\\'; }

bool in_named_class(std::string_view name, unsigned char c, bool& known) {
  known = true;
  if (c > 127) c = 0;  // the C locale's classes hold ASCII only
  if (name == "alnum") return std::isalnum(c) != 0;
  if (name == "alpha") return std::isalpha(c) != 0;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return std::iscntrl(c) != 0;
  if (name == "digit") return std::isdigit(c) != 0;
  if (name == "graph") return std::isgraph(c) != 0;
  if (name == "lower") return std::islower(c) != 0;
  if (name == "print") return std::isprint(c) != 0;
  if (name == "punct") return std::ispunct(c) != 0;
  if (name == "space") return std::isspace(c) != 0;
  if (name == "upper") return std::isupper(c) != 0;
  if (name == "xdigit") return std::isxdigit(c) != 0;
  known = false;
  return false;
}

}  // namespace

// Reads the class behind "[" at `at - 1`; returns the position behind "]". A malformed class
// matches nothing, ever.
size_t Wildcard::compile_class(std::string_view pattern, size_t at) {
  auto peek = [&](size_t i) { return i < pattern.size() ? pattern[i] : '\0'; };
  auto malformed = [&] {
    tokens_.push_back({Op::kNever});
    return pattern.size();
  };
  CharSet set;
  bool negated = peek(at) == '!' || peek(at) == '^';
  if (negated) ++at;
  unsigned char previous = 0;
  bool first = true;
  for (;; ++at, first = false) {
    char c = peek(at);
    if (at >= pattern.size()) return malformed();
    if (c == ']' && !first) break;
    if (c == '\\') {
      if (++at >= pattern.size()) return malformed();
      c = peek(at);
      set.add(static_cast<unsigned char>(c));
    } else if (c == '-' && previous != 0 && at + 1 < pattern.size() && peek(at + 1) != ']') {
      c = peek(++at);
      if (c == '\\') {
        if (++at >= pattern.size()) return malformed();
        c = peek(at);
      }
      for (unsigned i = previous; i <= static_cast<unsigned char>(c); ++i) {
        set.add(static_cast<unsigned char>(i));
      }
      previous = 0;
      continue;
    } else if (c == '[' && peek(at + 1) == ':') {
      size_t end = pattern.find(']', at + 2);
      if (end == std::string_view::npos) return malformed();
      if (end < at + 3 || pattern[end - 1] != ':') {  // no ":]": an ordinary "["
        set.add('[');
      } else {
        std::string_view name = pattern.substr(at + 2, end - at - 3);
        bool known = false;
        for (unsigned i = 0; i < 256; ++i) {
          if (in_named_class(name, static_cast<unsigned char>(i), known)) {
            set.add(static_cast<unsigned char>(i));
          }
        }
        if (!known) return malformed();
        at = end;
        previous = 0;
        continue;
      }
    } else {
      set.add(static_cast<unsigned char>(c));
    }
    previous = static_cast<unsigned char>(c);
  }
  if (negated) {
    for (uint64_t& bits : set.bits) bits = ~bits;
  }
  set.bits['/' >> 6] &= ~(uint64_t{1} << ('/' & 63));
  tokens_.push_back({Op::kClass, 0, static_cast<uint32_t>(sets_.size())});
  sets_.push_back(set);
  return at + 1;
}

Wildcard::Wildcard(std::string_view pattern) {
  for (size_t at = 0; at < pattern.size();) {
    char c = pattern[at++];
    if (c == '\\') {
      if (at == pattern.size()) {
        tokens_.push_back({Op::kNever});
      } else {
        tokens_.push_back({Op::kLiteral, pattern[at++]});
      }
    } else if (c == '?') {
      tokens_.push_back({Op::kAny});
    } else if (c == '[') {
      at = compile_class(pattern, at);
    } else if (c == '*') {
      size_t first = at - 1;
      while (at < pattern.size() && pattern[at] == '*') ++at;
      bool starts_component = first == 0 || pattern[first - 1] == '/';
      std::string_view rest = pattern.substr(at);
      if (at - first == 1 || !starts_component) {
        tokens_.push_back({Op::kStar});
      } else if (rest.empty() || rest.starts_with("\\/")) {
        tokens_.push_back({Op::kStarStar});
      } else if (rest.front() == '/') {
        tokens_.push_back({Op::kStarStarSlash});
        ++at;
      } else {
        tokens_.push_back({Op::kStar});
      }
    } else {
      tokens_.push_back({Op::kLiteral, c});
    }
  }
}

bool Wildcard::matches_one(const Token& token, char c) const {
  switch (token.op) {
    case Op::kLiteral:
      return token.literal == c;
    case Op::kAny:
      return c != '/';
    case Op::kClass:
      return sets_[token.set].has(static_cast<unsigned char>(c));
    default:
      return false;
  }
}

// Greedy with two retry points: the last `*` may take one more character of its component; when
// it meets "/", the last `**` may take more. Earlier ones need no retry, since a later one can
// take whatever they would have.
bool Wildcard::matches(std::string_view text) const {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t token = 0, at = 0;
  size_t star = kNone, star_at = 0, deep = kNone, deep_at = 0;
  for (;;) {
    bool advanced = false;
    if (token < tokens_.size()) {
      switch (tokens_[token].op) {
        case Op::kStar:
          star = token++;
          star_at = at;
          advanced = true;
          break;
        case Op::kStarStar:
        case Op::kStarStarSlash:
          deep = token++;
          deep_at = at;
          star = kNone;
          advanced = true;
          break;
        default:
          if (at < text.size() && matches_one(tokens_[token], text[at])) {
            ++token;
            ++at;
            advanced = true;
          }
      }
    } else if (at == text.size()) {
      return true;
    }
    if (advanced) continue;
    if (star != kNone && star_at < text.size() && text[star_at] != '/') {
      at = ++star_at;
      token = star + 1;
      continue;
    }
    if (deep == kNone || deep_at >= text.size()) return false;
    if (tokens_[deep].op == Op::kStarStarSlash) {
      size_t slash = text.find('/', deep_at);
      if (slash == std::string_view::npos) return false;
      deep_at = slash + 1;
    } else {
      ++deep_at;
    }
    at = deep_at;
    token = deep + 1;
    star = kNone;
  }
}

IgnoreFile::IgnoreFile(std::string_view text, std::string directory)
    : directory_(std::move(directory)) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    add_line(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

void IgnoreFile::add_line(std::string_view line) {
  if (line.empty() || line.front() == '#' || line.size() > kMaxLine) return;
  // Trailing spaces go, unless a backslash stands before them.
  size_t kept = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
      kept = i + 1;
    } else if (line[i] != ' ') {
      kept = i + 1;
    }
  }
  line = line.substr(0, kept);
  Pattern pattern;
  if (line.starts_with('!')) {
    pattern.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    pattern.directory_only = true;
    line.remove_suffix(1);
  }
  if (line.empty()) return;
  pattern.base_name = line.find('/') == std::string_view::npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  size_t literal = 0;
  while (literal < line.size() && !is_special(line[literal])) ++literal;
  if (literal == line.size()) {
    pattern.literal = true;
    pattern.prefix = line;
  } else if (pattern.base_name && line[0] == '*' && line.find_first_of("*?[\\", 1) == line.npos) {
    pattern.suffix = true;
    pattern.prefix = line.substr(1);
  } else {
    // As git does, the rest is matched on its own: "a**/b" behaves as "a" and then "**/b".
    // Without a slash in the pattern, "**" means no more than "*", so nothing changes there.
    pattern.prefix = line.substr(0, literal);
    pattern.rest = Wildcard(line.substr(literal));
  }
  patterns_.push_back(std::move(pattern));
}

bool IgnoreFile::matches(const Pattern& pattern, std::string_view name) {
  if (pattern.literal) return name == pattern.prefix;
  if (pattern.suffix) return name.ends_with(pattern.prefix);
  return name.starts_with(pattern.prefix) &&
         pattern.rest.matches(name.substr(pattern.prefix.size()));
}

IgnoreVerdict IgnoreFile::match(std::string_view path, bool is_directory) const {
  if (patterns_.empty()) return IgnoreVerdict::kNoMatch;
  std::string_view name = path;
  if (!directory_.empty()) {
    if (path.size() <= directory_.size() + 1 || !path.starts_with(directory_) ||
        path[directory_.size()] != '/') {
      return IgnoreVerdict::kNoMatch;
    }
    name = path.substr(directory_.size() + 1);
  }
  std::string_view base = base_name(path);
  for (size_t i = patterns_.size(); i-- > 0;) {
    const Pattern& pattern = patterns_[i];
    if (pattern.directory_only && !is_directory) continue;
    if (matches(pattern, pattern.base_name ? base : name)) {
      return pattern.negated ? IgnoreVerdict::kIncluded : IgnoreVerdict::kIgnored;
    }
  }
  return IgnoreVerdict::kNoMatch;
}

}  // namespace assay::core
