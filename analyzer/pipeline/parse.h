// Reading and parsing: each file once, in parallel.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "analyzer/pipeline/discover.h"
#include "parsers/core/file_system.h"
#include "parsers/core/source.h"
#include "parsers/formats/format.h"
#include "parsers/model/resource.h"
#include "parsers/syntax/tree.h"

namespace assay::pipeline {

// What became of one file.
struct ParsedFile {
  core::FileId id = core::kNoFile;
  FileKind kind = FileKind::kOther;
  std::unique_ptr<syntax::Tree> tree;  // null: not opened, or nothing in it concerns a format
  std::string skip_reason;             // why there is no tree
  bool failed = false;                 // it could not be read
  core::Problem problem;               // when failed
  const formats::Format* format = nullptr;  // that claims it; null: none
  std::unique_ptr<model::Root> root;   // where the file stands alone and was lowered at once
  const syntax::Node* nodes = nullptr;  // then: those of the tree, if they were kept for fixes
};

// What becomes of files that need no others.
enum class Lone : uint8_t {
  kLeave,          // the same as of all
  kLower,          // they become roots at once; of their trees only problems and comments are kept
  kLowerForFixes,  // the nodes, too, of the first kMostKeptBytes of text: reading them again would cost more
};
inline constexpr size_t kMostKeptBytes = 4u << 20;

// Paths of files that somebody names (--params, an include): they are read whatever they hold.
using NamedFiles = std::set<std::string, std::less<>>;

// Reads and parses `files[i]` (ids already in `sources`). Output order is input order. `progress` is
// told, from any worker, how many files are done. Trees of files that were lowered at once show no nodes.
std::vector<ParsedFile> parse_files(const core::FileSystem& file_system, const std::string& base,
                                    core::SourceSet& sources, const std::vector<core::FileId>& files,
                                    const NamedFiles& named, unsigned jobs, Lone lone,
                                    const std::function<void(size_t done)>& progress);

// The same for a file that came with another one; its text is in `sources`.
ParsedFile parse_embedded(core::SourceSet& sources, core::FileId id);

}  // namespace assay::pipeline
