// Finds the files of a scan: walks a directory as git would see it, and says what it left out and
// why, because a file that silently was not looked at is a false promise.
//
// .gitignore files apply from the repository root (the closest parent with ".git") downwards, and
// .git/info/exclude below them. Symbolic links to files inside the root are followed, links to
// directories never, so no loop is possible. The index is not read: a tracked file that matches a
// pattern is left out.
// Called by discovery in analyzer/pipeline. Threads: one call, one thread; calls are independent.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/problem.h"

namespace assay::core {

// Directories that are never entered: version control data; modules and providers that Terraform
// downloaded (read through modules.json by the Terraform format); installed JavaScript packages.
inline constexpr std::string_view kSkippedDirectories[] = {".git", ".terraform", "node_modules"};

enum class SkipReason : uint8_t {
  kGitignored,
  kExcluded,          // by WalkOptions::exclude
  kSkippedDirectory,  // kSkippedDirectories
  kDirectoryLink,     // a symbolic link to a directory
  kLinkOutside,       // a symbolic link to a file outside the root
  kBrokenLink,
  kSpecialFile,  // pipe, socket, device
};
std::string_view to_text(SkipReason reason);  // "gitignored", "symlink-outside-root", ...

struct SkippedEntry {
  std::string path;  // relative to the root
  SkipReason reason;
  bool is_directory;
};

struct WalkOptions {
  bool gitignore = true;
  // gitignore patterns relative to the root; they win over .gitignore files.
  std::vector<std::string> exclude;
  // Names of files worth having; empty means all. Files it refuses are counted, not listed.
  std::function<bool(std::string_view name)> wanted;
};

struct WalkResult {
  std::vector<std::string> files;     // relative to the root, in byte order
  std::vector<SkippedEntry> skipped;  // in byte order of paths
  size_t directories = 0;             // entered
  size_t unwanted = 0;                // files refused by WalkOptions::wanted
  // "unreadable-directory" for what could not be listed, "unreadable-file" for a .gitignore that
  // could not be read; the rest is still walked.
  Problems problems;
};

WalkResult walk(const FileSystem& files, const std::string& root, const WalkOptions& options = {});

}  // namespace assay::core
