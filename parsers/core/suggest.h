// "Did you mean ...?" for misspelt options, configuration keys, rule ids, attributes, functions.
//
// Ownership: results point into the candidates. Threads: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::core {

// Insertions, deletions, replacements and swaps of neighbours, in bytes, ASCII case ignored; more
// than `limit` is reported as limit + 1.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit);

// The closest candidate if it is close enough to be meant (one error per three letters), else
// empty. The first of equally close ones.
std::string_view closest(std::string_view name, const std::vector<std::string_view>& candidates);
std::string_view closest(std::string_view name, const std::vector<std::string>& candidates);

// `; did you mean "x"?`, or nothing: to append to a message.
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates);
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace assay::core
