#include "parsers/formats/terraform/suggestion.h"

#include <algorithm>
#include <span>

namespace assay::formats::terraform {

// The closest of `names` to a misspelt one: one or two edits away, or "".
std::string suggestion(std::string_view wanted, const std::vector<std::string_view>& names) {
  constexpr size_t kMostNames = 200;  // a module with more names and many mistakes would take minutes
  size_t best = 3;
  std::string_view found;
  for (std::string_view name : std::span(names).first(std::min(names.size(), kMostNames))) {
    if (name.size() > wanted.size() + 2 || wanted.size() > name.size() + 2 || name.size() > 64) continue;
    std::vector<size_t> row(name.size() + 1);
    for (size_t j = 0; j <= name.size(); ++j) row[j] = j;
    for (size_t i = 1; i <= wanted.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= name.size(); ++j) {
        size_t next = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (wanted[i - 1] != name[j - 1])});
        diagonal = row[j];
        row[j] = next;
      }
    }
    if (row[name.size()] < best) {
      best = row[name.size()];
      found = name;
    }
  }
  return found.empty() ? std::string() : "; did you mean \"" + std::string(found) + "\"?";
}

}  // namespace assay::formats::terraform
