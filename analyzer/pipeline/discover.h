// Discovery: which files are read, and what they are called in reports.
#pragma once

#include <string>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/problem.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

struct Discovery {
  std::string base;                  // absolute directory that paths are relative to
  std::vector<std::string> files;    // relative to base, sorted, every file found
  std::vector<std::string> named;    // relative, sorted: files given by name
  std::vector<std::string> focus;    // relative, sorted; empty: every file counts
  std::vector<rules::CoverageRow> skipped;  // directories and links that were passed over
  core::Problems problems;           // paths that do not exist, unreadable directories
  bool path_missing = false;         // a path of the command line does not exist
};

// Finds what `paths` name. A directory is searched (gitignore-aware). A file brings the files beside it
// (not their subdirectories), so that the module or chart around it is analysed whole.
Discovery discover(const core::FileSystem& files, const std::vector<std::string>& paths,
                   const std::string& current_directory);

// The kinds of files that some format reads, by name: HCL, YAML or JSON text. Others are not opened.
enum class FileKind : uint8_t { kOther, kHcl, kYaml, kJson, kYamlOrJson, kPlan };
FileKind kind_of(std::string_view path);

// The longest directory that holds both; both absolute and normalised.
std::string common_directory(std::string a, const std::string& b);
// The closest directory at or above `directory` that holds .git; empty when none.
std::string repository_root(const core::FileSystem& files, std::string directory);

}  // namespace assay::pipeline
