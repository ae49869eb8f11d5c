#include "rules/identity/glob.h"

#include <vector>

#include "rules/identity/catalogue.h"

namespace assay::rules::identity {
namespace {

constexpr size_t kMostCells = size_t{1} << 22;  // of a table of two patterns: beyond, nothing is claimed

char folded(char c, bool fold) { return fold && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_star(char c) { return c == '*' || c == kHole; }

}  // namespace

bool has_wildcard(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

bool glob_matches(std::string_view pattern, std::string_view text, bool fold) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && is_star(pattern[p])) {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || folded(pattern[p], fold) == folded(text[t], fold))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_star(pattern[p])) ++p;
  return p == pattern.size();
}

bool glob_covers(std::string_view wide, std::string_view narrow, bool fold) {
  // A star of `narrow` is a letter of its own that only a star of `wide` takes, and "?" one that "?" takes too.
  if (wide == "*") return true;
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, resume = 0;
  while (t < narrow.size()) {
    bool any = is_star(narrow[t]);
    if (p < wide.size() && is_star(wide[p])) {
      star = p++;
      resume = t;
    } else if (p < wide.size() && !any &&
               (wide[p] == '?' || (narrow[t] != '?' && folded(wide[p], fold) == folded(narrow[t], fold)))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < wide.size() && is_star(wide[p])) ++p;
  return p == wide.size();
}

bool globs_meet(std::string_view a, std::string_view b, bool fold) {
  // What both begin and end with as plain text decides most.
  auto plain = [](char c) { return !is_star(c) && c != '?'; };
  while (!a.empty() && !b.empty() && plain(a[0]) && plain(b[0])) {
    if (folded(a[0], fold) != folded(b[0], fold)) return false;
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  while (!a.empty() && !b.empty() && plain(a.back()) && plain(b.back())) {
    if (folded(a.back(), fold) != folded(b.back(), fold)) return false;
    a.remove_suffix(1);
    b.remove_suffix(1);
  }
  if ((a.size() + 1) * (b.size() + 1) > kMostCells) return true;
  // row[j]: can the rest of `a` from i meet the rest of `b` from j? Filled from the ends.
  std::vector<char> row(b.size() + 1), next(b.size() + 1);
  for (size_t i = a.size() + 1; i-- > 0;) {
    for (size_t j = b.size() + 1; j-- > 0;) {
      bool meets = false;
      if (i == a.size() && j == b.size()) {
        meets = true;
      } else if (i < a.size() && is_star(a[i])) {
        meets = next[j] || (j < b.size() && row[j + 1]);
      } else if (j < b.size() && is_star(b[j])) {
        meets = row[j + 1] || (i < a.size() && next[j]);
      } else if (i < a.size() && j < b.size()) {
        meets = next[j + 1] && (a[i] == '?' || b[j] == '?' || folded(a[i], fold) == folded(b[j], fold));
      }
      row[j] = meets;
    }
    std::swap(row, next);
  }
  return next[0];
}

}  // namespace assay::rules::identity
