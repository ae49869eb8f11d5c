// Discovery: which files are read, and what they are called in reports.
//
// A file among the paths is a focus: what is reported is what concerns it, but it is judged as a scan of all that is
// around it judges it: of the git work tree, or of the directory of the closest assay.yaml. So pre-commit may split its
// list of files over several processes in any order, and each finding is the same in all of them. Without either, what
// is around a file is its directory's Terraform files. What is reported is in context.h.
#pragma once

#include <string>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/problem.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

// Files of what is around a focus; where there are more, only the directory of each named file is.
inline constexpr size_t kMaxContextFiles = 200'000;

struct Discovery {
  std::string base;                  // absolute directory that paths are relative to
  std::string shown_base;            // the same of the paths in reports
  std::vector<std::string> files;    // relative to base, sorted, every file found
  std::vector<std::string> named;    // relative, sorted, each once: files given by name
  std::vector<std::string> focus;    // relative, sorted; empty: every file counts
  bool around = false;               // `files` holds all that is around the focus
  std::vector<rules::CoverageRow> skipped;  // directories and links that were passed over
  core::Problems problems;           // paths that do not exist, unreadable directories
  bool path_missing = false;         // a path of the command line does not exist
};

// Finds what `paths` name. A directory is searched (gitignore-aware). A file brings what is around it. `around`, if not
// empty, is the absolute directory to take for that.
Discovery discover(const core::FileSystem& files, const std::vector<std::string>& paths,
                   const std::string& current_directory, const std::string& around = {});

// The kinds of files that some format reads, by name: HCL, YAML or JSON text. Others are not opened.
enum class FileKind : uint8_t { kOther, kHcl, kYaml, kJson, kYamlOrJson, kPlan };
FileKind kind_of(std::string_view path);

// Where the configuration of a run over `paths` is looked for: the path if there is one, the longest directory that holds
// all of them if there are several, in whatever order. Absolute and normalised.
std::string start_of(const core::FileSystem& files, const std::vector<std::string>& paths, const std::string& current_directory);
// The longest directory that holds both; both absolute and normalised.
std::string common_directory(std::string a, const std::string& b);
// The closest directory at or above `directory` that holds .git; empty when none.
std::string repository_root(const core::FileSystem& files, std::string directory);
// Where what is around files of `directory` begins: its work tree, else where the closest assay.yaml lies; empty when
// there is neither.
std::string context_root(const core::FileSystem& files, const std::string& directory);

}  // namespace assay::pipeline
