// A file system over what git holds: a tree of a commit, or the index. Below the root of the work tree it shows
// that tree and nothing else; above and beside it (policies, configuration, .git itself) it shows the disk.
// Contents come through one `git cat-file --batch`, except where the work tree is known to hold the same.
//
// Submodules are entries that are no files, so that discovery passes over them. Symbolic links lead where they lead
// in the tree. A pointer of Git LFS gives the file it stands for, where the repository has it.
// Called by revision.cc. `disk` must outlive it. Threads: as core::FileSystem; contents are fetched one at a time.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/pipeline/git/process.h"
#include "analyzer/pipeline/git/repository.h"
#include "parsers/core/file_system.h"

namespace assay::pipeline {

class TreeFileSystem : public core::FileSystem {
 public:
  // `place`: the directory that shows the root of the tree, absolute, without symbolic links.
  TreeFileSystem(const core::FileSystem& disk, const Repository& repository, TreeListing listing,
                 std::string place);
  // Paths below `alias` mean the same as those below `place`: a way to it through symbolic links.
  void add_alias(std::string alias);
  // Makes a directory be there, whether the tree has it or not. `path` is absolute.
  void add_directory(const std::string& path);

  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override;
  core::Result<core::FileInfo> stat(const std::string& path) const override;
  core::Result<std::string> real_path(const std::string& path) const override;

  // What the tree has, sorted; submodules are among it.
  const TreeListing& listing() const { return listing_; }
  const TreeEntry* find(std::string_view path) const;

 private:
  struct Place {
    bool in_tree = false;
    std::string path;     // relative to the root of the tree
    std::string on_disk;  // the same on disk, absolute
  };
  Place place_of(const std::string& path) const;
  // Follows symbolic links. `out` has in_tree unset where they lead out of the tree.
  core::Status resolve(Place& place) const;
  core::Result<std::string> blob(const std::string& object, size_t limit, const std::string& path) const;
  core::Result<std::string> large_file(std::string text, size_t limit) const;
  bool has_directory(const std::string& path) const { return directories_.contains(path); }

  const core::FileSystem& disk_;
  std::vector<std::string> command_;  // of git cat-file
  std::string git_directory_;
  TreeListing listing_;
  std::string place_;
  std::vector<std::string> aliases_;
  std::unordered_map<std::string_view, const TreeEntry*> files_;
  std::unordered_map<std::string, std::vector<core::DirEntry>> directories_;
  mutable std::mutex mutex_;
  mutable int failures_ = 0;
  mutable std::unique_ptr<Child> child_;  // started when the first content is wanted
};

// Another file system without some directories: their entries are there, and are no directories.
class FileSystemWithout : public core::FileSystem {
 public:
  // `directories`: absolute.
  FileSystemWithout(const core::FileSystem& inner, std::vector<std::string> directories);
  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override;
  core::Result<core::FileInfo> stat(const std::string& path) const override;
  core::Result<std::string> real_path(const std::string& path) const override;

 private:
  bool hides(const std::string& path) const;
  const core::FileSystem& inner_;
  std::vector<std::string> directories_;
};

// Is this what Git LFS leaves in the place of a file?
bool is_lfs_pointer(std::string_view text);

}  // namespace assay::pipeline
