// What --staged and --diff look at: the index or a commit in the place of the work tree, and the tree that it is
// compared with. It reads refs as git does, with merge bases: "REF" and "REF..." are compared with the work tree
// (or, with --staged, the index), "A..B" and "A...B" with the tree of B.
//
// Called by the command line. `disk` must outlive it. Threads: as core::FileSystem.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/pipeline/git/tree_file_system.h"
#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {

struct RevisionRequest {
  std::string diff;  // of --diff; empty: nothing is compared
  bool staged = false;
};

class Revisions {
 public:
  // Errors: wrong refs, no repository, no git: exit code 2. `options` gets the paths of the staged files where only
  // those are asked about.
  static core::Result<std::unique_ptr<Revisions>> open(core::FileSystem& disk, const RevisionRequest& request,
                                                       ScanOptions& options);

  // What is analysed.
  core::FileSystem& after() const { return *after_; }
  bool compares() const { return !object_.empty(); }
  // Reads the tree to compare with. Call it once, where compares().
  core::Status load_before();
  core::FileSystem& before() const { return *before_; }
  // Does the scan of after() show that both trees hold the same? Then there is no need to scan before().
  bool is_same(const Scan& scan) const;
  // The options of a scan of before().
  ScanOptions options_before(const ScanOptions& options, const Scan& scan);

  const std::string& against() const { return against_; }  // "git main (1a2b3c4d)"
  const std::string& root() const { return root_; }        // paths are compared relative to it
  // Says in the report what was left out: submodules, what a sparse checkout lacks.
  void complete(rules::Report& report) const;

 private:
  Revisions(core::FileSystem& disk, Repository repository) : disk_(disk), repository_(std::move(repository)) {}
  core::Status choose_after(const std::string& diff, bool staged, ScanOptions& options);
  core::Status narrow_to_staged(ScanOptions& options) const;

  core::FileSystem& disk_;
  Repository repository_;
  std::string root_;    // where the root of the tree is shown
  std::string alias_;   // another way to it, through symbolic links; or empty
  std::string object_;  // to compare with
  std::string against_;
  std::unique_ptr<TreeFileSystem> index_or_tree_;  // in the place of the work tree
  std::unique_ptr<FileSystemWithout> work_tree_;
  core::FileSystem* after_ = nullptr;
  std::unique_ptr<TreeFileSystem> before_;
  std::vector<std::string> submodules_;  // from the root
  std::vector<std::string> not_checked_out_;
};

}  // namespace assay::pipeline
