// CODEOWNERS: who answers for a file, as GitHub and GitLab read it. Each pattern is one of gitignore's, the last that
// matches counts; of GitLab's sections each counts for itself. Called by the scan of work lists, so that questions about
// many repositories can be asked per team.
// Ownership: copies its text. Threads: const and safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/ignore.h"

namespace assay::pipeline {

class CodeOwners {
 public:
  explicit CodeOwners(std::string_view text);
  // The file of a repository: in .github, at the top, in docs or in .gitlab. No owners when there is none.
  static CodeOwners of_repository(const core::FileSystem& files, const std::string& root);

  // `path` is relative to the repository. In the order of the file, each once; empty: nobody.
  std::vector<std::string> owners(std::string_view path) const;
  bool empty() const { return sections_.empty(); }

 private:
  struct Entry {
    core::IgnoreFile pattern;
    bool direct_only = false;  // "docs/*" is not for what lies in directories of docs
    std::vector<std::string> owners;
  };
  struct Section {
    std::vector<std::string> owners;  // of entries that name none
    std::vector<Entry> entries;
  };
  void add_line(std::string_view line);
  static bool matches(const Entry& entry, std::string_view path);
  std::vector<Section> sections_;
};

}  // namespace assay::pipeline
