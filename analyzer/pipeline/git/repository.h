// A git repository as the diff gate and --staged see it: what a ref or the index holds, and which of it differs
// from the work tree. Nothing is checked out, written or fetched. Paths are bytes, relative to the root of the work
// tree.
//
// Called by revision.cc. Errors carry a message for the user: what is wrong and, where possible, what to do.
// Threads: const functions may run at the same time; each starts a process of its own.
#pragma once

#include <string>
#include <vector>

#include "parsers/core/result.h"

namespace assay::pipeline {

enum class TreeEntryKind : uint8_t { kFile, kLink, kSubmodule };

struct TreeEntry {
  std::string path;
  std::string object;  // hexadecimal name of the blob
  TreeEntryKind kind = TreeEntryKind::kFile;
  bool as_on_disk = false;  // the work tree holds the same
};

// Sorted by path.
struct TreeListing {
  std::vector<TreeEntry> entries;
  std::vector<std::string> not_checked_out;  // left out of a sparse work tree
};

class Repository {
 public:
  // The one that holds `directory` (absolute).
  static core::Result<Repository> open(const std::string& directory);

  const std::string& root() const { return root_; }                    // of the work tree; empty when bare
  const std::string& directory() const { return directory_; }          // what it was opened with
  const std::string& git_directory() const { return git_directory_; }  // the common one of all work trees
  bool bare() const { return bare_; }

  // The commit (or tree) that `ref` names, as a hexadecimal object name.
  core::Result<std::string> resolve(const std::string& ref) const;
  // The commit that both have come from.
  core::Result<std::string> merge_base(const std::string& a, const std::string& b) const;
  core::Result<TreeListing> list_tree(const std::string& object) const;
  // "unmerged-index" when a conflict is not resolved.
  core::Result<TreeListing> list_index() const;
  // Files that the index changes or adds, compared with HEAD (or nothing, before the first commit).
  core::Result<std::vector<std::string>> staged_files() const;

  // The words of a command line of git for this repository.
  std::vector<std::string> command(std::initializer_list<std::string> words) const;

 private:
  core::Result<std::string> ask(std::initializer_list<std::string> words) const;
  core::Status mark_unchanged(std::initializer_list<std::string> diff, TreeListing& listing) const;
  core::Error missing_ref(const std::string& ref) const;
  std::string shallow_advice() const;

  std::string root_, directory_, git_directory_;
  bool bare_ = false, shallow_ = false, at_place_ = false;
};

}  // namespace assay::pipeline
