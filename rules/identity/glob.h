// Patterns of IAM: "*" is any text, "?" is any one character. Whether a pattern matches a text, whether it matches
// all that another matches, and whether two have a text in common. Linear or quadratic in the lengths, without
// backtracking beyond that. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace assay::rules::identity {

bool has_wildcard(std::string_view text);
// `fold`: letter case does not matter (actions); ARNs are matched as written.
bool glob_matches(std::string_view pattern, std::string_view text, bool fold);
// Does `wide` match every text that `narrow` matches? kHole in `narrow` is any text, in `wide` too.
bool glob_covers(std::string_view wide, std::string_view narrow, bool fold);
// Is there a text that both match?
bool globs_meet(std::string_view a, std::string_view b, bool fold);

}  // namespace assay::rules::identity
