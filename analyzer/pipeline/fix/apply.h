// Applying fixes: chooses edits that do not touch each other, tries them on the texts in memory,
// analyses the result, and takes back what did not help: a finding that is still there, or one that
// is new. What comes first in the report is fixed first; what overlaps it waits for the next round.
//
// Nothing is written here but by write_fixes(). Called by the command line for --fix and
// --show-fixes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {

struct FixedFile {
  std::string path;  // as reports print it
  std::string absolute;
  std::string before, after;
  size_t fixes = 0;  // findings that are gone by edits in it
};

struct RefusedFix {
  std::string rule, name, address, path;
  uint32_t line = 0;
  std::string why;  // "the finding is still there", "it would bring AWS0102 ..."
};

struct FixPlan {
  std::vector<UsageError> usage_errors;
  std::vector<FixedFile> files;     // sorted by path
  std::vector<RefusedFix> refused;  // tried and taken back
  size_t fixed = 0;                 // findings
  size_t unsafe_left = 0;           // fixes that only `unsafe` would apply
};

// Tries fixes of reported findings up to kind `most`. Reads the tree as scan() does.
FixPlan plan_fixes(core::FileSystem& files, const ScanOptions& options, rules::FixKind most);

// Writes the files of the plan, each in one step. A file that changed meanwhile or may not be
// written stays as it is; one message for each such file.
std::vector<std::string> write_fixes(const core::FileSystem& files, const FixPlan& plan);

// A file system with some texts replaced; `inner` must outlive it.
class OverlayFileSystem : public core::FileSystem {
 public:
  explicit OverlayFileSystem(const core::FileSystem& inner) : inner_(inner) {}
  void set(const std::string& path, std::string text) { texts_[path] = std::move(text); }
  void clear(const std::string& path) { texts_.erase(path); }
  const std::string* find(const std::string& path) const;

  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override;
  core::Result<core::FileInfo> stat(const std::string& path) const override;
  core::Result<std::string> real_path(const std::string& path) const override;

 private:
  const core::FileSystem& inner_;
  std::map<std::string, std::string> texts_;  // by absolute path
};

// `text` with the edits of one file, which must not overlap.
std::string with_edits(std::string_view text, std::vector<rules::TextEdit> edits);

}  // namespace assay::pipeline
