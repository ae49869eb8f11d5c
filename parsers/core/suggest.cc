#include "parsers/core/suggest.h"

#include <algorithm>

#include "parsers/core/text.h"

namespace assay::core {
namespace {
// Nobody misspells a name of this length; it bounds the work for hostile input.
constexpr size_t kLongestName = 256;
}  // namespace

size_t edit_distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit || b.size() > kLongestName) return limit + 1;
  // Three rows of the usual table, for swaps reach two rows back.
  std::vector<size_t> before(a.size() + 1), last(a.size() + 1), row(a.size() + 1);
  for (size_t i = 0; i <= a.size(); ++i) last[i] = i;
  for (size_t j = 1; j <= b.size(); ++j) {
    row[0] = j;
    size_t best = j;
    for (size_t i = 1; i <= a.size(); ++i) {
      char x = to_lower(a[i - 1]), y = to_lower(b[j - 1]);
      row[i] = std::min({last[i] + 1, row[i - 1] + 1, last[i - 1] + (x != y)});
      if (i > 1 && j > 1 && x == to_lower(b[j - 2]) && y == to_lower(a[i - 2])) {
        row[i] = std::min(row[i], before[i - 2] + 1);
      }
      best = std::min(best, row[i]);
    }
    if (best > limit) return limit + 1;
    std::swap(before, last);
    std::swap(last, row);
  }
  return std::min(last[a.size()], limit + 1);
}

std::string_view closest(std::string_view name, const std::vector<std::string_view>& candidates) {
  size_t limit = std::max<size_t>(1, name.size() / 3);
  if (name.size() < 2) return {};
  std::string_view best;
  for (std::string_view candidate : candidates) {
    size_t distance = edit_distance(name, candidate, limit);
    if (distance > limit || distance >= std::max(name.size(), candidate.size())) continue;
    best = candidate;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return best;
}

std::string_view closest(std::string_view name, const std::vector<std::string>& candidates) {
  return closest(name, std::vector<std::string_view>(candidates.begin(), candidates.end()));
}

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates) {
  std::string_view found = closest(name, candidates);
  return found.empty() ? "" : "; did you mean \"" + std::string(found) + "\"?";
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  return did_you_mean(name, std::vector<std::string_view>(candidates.begin(), candidates.end()));
}

}  // namespace assay::core
