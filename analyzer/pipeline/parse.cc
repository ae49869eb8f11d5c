#include "analyzer/pipeline/parse.h"

#include <atomic>

#include "analyzer/pipeline/git/tree_file_system.h"
#include "parsers/core/limits.h"
#include "parsers/core/metrics.h"
#include "parsers/core/parallel.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "parsers/formats/kubernetes/format.h"
#include "parsers/formats/kubernetes/lone.h"
#include "parsers/formats/terraform/plan/plan.h"
#include "parsers/syntax/hcl/reader.h"
#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::pipeline {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// YAML and JSON files are everywhere; only those that can hold what a format reads are parsed. The
// words are ones that the formats' own detection demands.
bool may_concern_a_format(std::string_view path, std::string_view text) {
  if (path.ends_with(".tf.json") || path.ends_with(".tofu.json") || path.ends_with(".tfvars.json")) return true;
  if (contains(text, "apiVersion") || contains(text, "Resources")) return true;
  if (path.ends_with(".json") && contains(text, "schema.management.azure.com")) return true;
  // Terraform plans.
  return path.ends_with(".json") && (contains(text, "resource_changes") || contains(text, "planned_values"));
}

// A binary file has no nodes; what is in it, its format reads.
std::unique_ptr<syntax::Tree> opaque_tree(core::FileId file, std::string_view source) {
  auto tree = std::make_unique<syntax::Tree>(0);
  tree->file = file;
  tree->language = syntax::Language::kJson;
  tree->source = source;
  syntax::Node stream;
  stream.kind = syntax::NodeKind::kStream;
  tree->root = tree->arena.make<syntax::Node>(stream);
  return tree;
}

void parse_one(const core::FileSystem& file_system, const std::string& base, core::SourceSet& sources,
               bool named, ParsedFile& file) {
  const std::string& path = sources.path(file.id);
  file.kind = kind_of(path);
  if (file.kind == FileKind::kOther && !named) {
    file.skip_reason = "no format reads files of this kind";
    return;
  }
  std::string full_path = core::join_path(base, path);
  auto text = file_system.read(full_path);
  bool large_plan = false;
  if (!text && text.error().code == "file-too-large" && (path.ends_with(".json") || named)) {
    auto whole = file_system.read_up_to(full_path, formats::terraform::kMaxPlanBytes);
    if (auto plan = whole ? formats::terraform::plan_from_utf16(*whole) : std::nullopt) whole = std::move(*plan);
    large_plan = whole && formats::terraform::begins_as_json_plan(*whole);
    if (large_plan) text = std::move(whole);
  }
  if (text) {
    if (auto plan = formats::terraform::plan_from_utf16(*text)) text = std::move(*plan);
  }
  if (!text) {
    file.failed = true;
    std::string code = text.error().code == "file-too-large" ? "limit-file-size" : "unreadable-file";
    file.problem = {core::ProblemSeverity::kError, std::move(code), text.error().message,
                    {file.id, 0, 0}, {}, path};
    return;
  }
  if (is_lfs_pointer(*text)) {
    file.failed = true;
    file.problem = {core::ProblemSeverity::kWarning, "lfs-pointer",
                    "what lies here is a pointer of Git LFS, not the file: it was not analysed; git lfs pull brings the file",
                    {file.id, 0, 0}, {}, path};
    return;
  }
  sources.set_text(file.id, std::move(*text));
  std::string_view source = sources.text(file.id);
  if (file.kind == FileKind::kYamlOrJson) {
    size_t first = source.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    bool json = first != std::string_view::npos && (source[first] == '{' || source[first] == '[');
    file.kind = json ? FileKind::kJson : FileKind::kYaml;
  }
  if (file.kind == FileKind::kOther || file.kind == FileKind::kPlan) {
    // `terraform plan -out` and `terraform show -json` write to files of any name.
    if (formats::terraform::is_binary_plan(source)) {
      file.kind = FileKind::kPlan;
      file.tree = opaque_tree(file.id, source);
      return;
    }
    if (source.starts_with("{\"format_version\"")) {
      file.kind = FileKind::kJson;
    } else if (file.kind == FileKind::kPlan) {
      file.skip_reason = "no supported format recognised in it";
      return;
    }
  }
  if (core::trim(source).empty()) {
    file.skip_reason = "the file is empty";
    if (file.kind != FileKind::kHcl) return;
  }
  if (file.kind == FileKind::kOther) {
    file.skip_reason = "read for what it gives to others";
  } else if (file.kind == FileKind::kHcl) {
    ASSAY_METRIC("parse hcl");
    file.tree = syntax::read_hcl(file.id, source);
  } else if (!named && !may_concern_a_format(path, source)) {
    file.skip_reason = "no supported format recognised in it";
  } else if (file.kind == FileKind::kJson) {
    ASSAY_METRIC("parse json");
    file.tree = syntax::read_json(file.id, source, large_plan ? formats::terraform::kMaxPlanBytes : core::kMaxFileBytes);
  } else {
    ASSAY_METRIC("parse yaml");
    file.tree = syntax::read_yaml(file.id, source);
  }
}

// The highest bidder of the formats.
void find_format(const core::SourceSet& sources, ParsedFile& file) {
  if (!file.tree) return;
  formats::InputFile input{file.id, sources.path(file.id), file.tree.get()};
  int best_bid = 0;
  for (const formats::Format* format : formats::all_formats()) {
    int bid = format->sniff(input, sources.text(file.id));
    if (bid <= best_bid) continue;
    best_bid = bid;
    file.format = format;
  }
}

void lower_if_alone(const core::SourceSet& sources, Lone lone, std::atomic<size_t>& kept_bytes, ParsedFile& file) {
  if (file.format != &formats::kubernetes_format()) return;
  ASSAY_METRIC("lower at once");
  formats::InputFile input{file.id, sources.path(file.id), file.tree.get()};
  file.root = formats::load_lone_manifests(input, sources.text(file.id));
  if (!file.root) return;
  static constexpr syntax::Node kNothing{syntax::NodeKind::kStream};
  size_t size = file.tree->source.size();
  if (lone == Lone::kLowerForFixes && kept_bytes.fetch_add(size) + size <= kMostKeptBytes) file.nodes = file.tree->root;
  else file.tree->arena = core::Arena(64);
  file.tree->root = &kNothing;
}

}  // namespace

ParsedFile parse_embedded(core::SourceSet& sources, core::FileId id) {
  ParsedFile file;
  file.id = id;
  file.kind = kind_of(sources.path(id));
  if (file.kind == FileKind::kHcl) file.tree = syntax::read_hcl(id, sources.text(id));
  else if (file.kind == FileKind::kJson) file.tree = syntax::read_json(id, sources.text(id));
  else file.skip_reason = "no format reads files of this kind";
  find_format(sources, file);
  return file;
}

std::vector<ParsedFile> parse_files(const core::FileSystem& file_system, const std::string& base,
                                    core::SourceSet& sources, const std::vector<core::FileId>& files,
                                    const NamedFiles& named, unsigned jobs, Lone lone,
                                    const std::function<void(size_t done)>& progress) {
  std::vector<ParsedFile> out(files.size());
  std::atomic<size_t> done{0}, kept_bytes{0};
  core::parallel_for(files.size(), 4, jobs, [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      out[i].id = files[i];
      parse_one(file_system, base, sources, named.contains(sources.path(files[i])), out[i]);
      find_format(sources, out[i]);
      if (lone != Lone::kLeave) lower_if_alone(sources, lone, kept_bytes, out[i]);
    }
    size_t count = done.fetch_add(end - begin) + (end - begin);
    if (progress) progress(count);
  });
  return out;
}

}  // namespace assay::pipeline
