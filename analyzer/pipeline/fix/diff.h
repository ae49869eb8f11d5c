// Unified diffs, as diff -u and git print them: what --show-fixes shows.
//
// Pure functions. Threads: safe.
#pragma once

#include <string>
#include <string_view>

namespace assay::pipeline {

// Empty when the two are equal. `path` stands behind "a/" and "b/"; three lines of context. A last
// line without a line break is marked as git does.
std::string unified_diff(std::string_view path, std::string_view before, std::string_view after);

}  // namespace assay::pipeline
