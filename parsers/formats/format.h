// Format: one kind of infrastructure code (Terraform, Kubernetes, CloudFormation). A format says
// which files are its own, groups them into roots, and lowers each root into the model. The pipeline
// calls it; every file is read and parsed once, before.
//
// Formats are stateless and are listed in all.cc. load() runs for many roots in parallel.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/source.h"
#include "parsers/model/resource.h"
#include "parsers/model/ties.h"
#include "parsers/syntax/tree.h"

namespace assay::formats {

struct InputFile {
  core::FileId id = core::kNoFile;
  std::string_view path;                // relative to the scan root, forward slashes
  const syntax::Tree* tree = nullptr;   // null: read as text only
};

// What the user gave on the command line.
struct LoadOptions {
  std::vector<std::pair<std::string, std::string>> variables;  // --var NAME=VALUE, in order
  std::vector<std::string> variable_files;  // --var-file, in order: paths as registered in sources
  // By variable file: how many of `variables` stand in front of it; none where it is shorter.
  std::vector<size_t> variables_before_file;
  // With --tf-env: TF_VAR_* and TF_WORKSPACE by their full names; else empty.
  std::map<std::string, std::string> environment;
  // --context: "aws_region.name" -> JSON text of the value.
  std::map<std::string, std::string> context;
  std::vector<std::string> parameter_files;  // --params, paths as registered in sources
};

struct RootSpec {
  std::string path;
  std::vector<const InputFile*> files;  // sorted by path
  const InputFile* plan = nullptr;      // Terraform: the plan whose values count; among the files
  std::string skip_reason;              // not empty: nothing is lowered, its files get this in the coverage
};

// A file inside another one, such as a source in a plan.
struct EmbeddedFile {
  std::string path;  // relative to the scan root, as if it lay there
  std::string text;
};

// What a file asks of the rest of a scan, and has for it, beside its own path (parsers/model/ties.h).
struct FileTies {
  model::Ties asks, haves;
};

struct LoadContext {
  const core::SourceSet* sources = nullptr;
  core::FileSystem* file_system = nullptr;
  std::string base_directory;  // absolute path of the scan root: where relative paths start
  std::string boundary;        // file functions may read below this directory only (repository root)
  std::span<const InputFile> files;  // everything that was read, sorted by path
  std::span<const std::string> named;  // files that the user gave by name, sorted
  const LoadOptions* options = nullptr;
  std::vector<core::FileId>* found = nullptr;  // if given, notes what find() gave: the context belongs to one root then
  std::vector<FileTies>* ties = nullptr;       // if given, by file id: what ties files while they are grouped into roots

  const InputFile* find(std::string_view path) const;
  void tie(const InputFile& file, model::TieKind kind, std::string_view name, bool asks, bool has) const;
};

class Format {
 public:
  virtual ~Format() = default;
  virtual std::string_view name() const = 0;
  // By content: 0 = not ours, up to 100 = certainly ours. The highest bidder gets the file.
  virtual int sniff(const InputFile& file, std::string_view text) const = 0;
  // Directories or files (relative to the scan root, "../" allowed) that must be read as well for
  // `file` to be understood, such as local module sources.
  virtual std::vector<std::string> dependencies(const InputFile& file) const { (void)file; return {}; }
  // What `file` carries inside. Paths are where the same text lies on disk, or where nothing lies.
  virtual std::vector<EmbeddedFile> embedded(const InputFile& file, std::string_view text,
                                             const core::FileSystem& files, const std::string& base) const {
    (void)file, (void)text, (void)files, (void)base;
    return {};
  }
  // Groups this format's files into roots. Files that end in no root must get a coverage row
  // through the root that uses them or a root of their own.
  virtual std::vector<RootSpec> roots(std::span<const InputFile* const> own, const LoadContext& context) const = 0;
  // Never fails: what goes wrong is in root->problems and root->coverage (one row per file).
  virtual std::unique_ptr<model::Root> load(const RootSpec& spec, const LoadContext& context) const = 0;
};

std::span<const Format* const> all_formats();
const Format* find_format(std::string_view name);

}  // namespace assay::formats
