// Paths as text: forward slashes, no look at the disk. Module sources ("../network"), chart files
// and report locations are computed with these, so they behave the same over a MemoryFileSystem.
//
// Ownership: everything returns new strings or views into its argument. Threads: safe.
#pragma once

#include <string>
#include <string_view>

namespace assay::core {

// "a" + "b/c" = "a/b/c"; an absolute right side replaces; "" and "." on the left vanish.
std::string join_path(std::string_view base, std::string_view path);
// Removes "//", "." and "x/.."; keeps leading ".." and "/". The empty path is ".".
std::string normalize_path(std::string_view path);
// "a/b/c.tf" -> "a/b"; "c.tf" -> ""; "/x" -> "/".
std::string_view parent_path(std::string_view path);
// "a/b/c.tf" -> "c.tf"; "a/b/" -> "".
std::string_view base_name(std::string_view path);
// With the dot, of the last component: "a/b.tf.json" -> ".json"; "" when there is none.
std::string_view extension(std::string_view path);
inline bool is_absolute(std::string_view path) { return !path.empty() && path.front() == '/'; }
// `path` lies in `directory` or is it. Both normalised, both absolute or both relative.
bool is_within(std::string_view path, std::string_view directory);
// `path` as seen from `directory`, with leading ".." where needed. Both normalised, and both
// absolute or both relative; otherwise `path` itself.
std::string relative_path(std::string_view path, std::string_view directory);

}  // namespace assay::core
