#include "analyzer/pipeline/context.h"

#include <algorithm>

#include "parsers/core/path.h"

namespace assay::pipeline {

std::vector<const model::Root*> roots_aside(const std::vector<const model::Root*>& roots,
                                            const std::vector<FilesOfRoot>& files,
                                            const std::vector<core::FileId>& focus) {
  auto any_in = [](const FilesOfRoot& root, const std::vector<core::FileId>& wanted) {
    return std::any_of(root.begin(), root.end(), [&](core::FileId file) {
      return std::binary_search(wanted.begin(), wanted.end(), file);
    });
  };
  // A module that the focus shares with other roots has one finding for the instances of all of them.
  std::vector<core::FileId> near = focus;
  for (const FilesOfRoot& root : files) {
    if (any_in(root, focus)) near.insert(near.end(), root.begin(), root.end());
  }
  std::sort(near.begin(), near.end());
  std::vector<const model::Root*> out;
  for (size_t i = 0; i < roots.size(); ++i) {
    if (!any_in(files[i], near)) out.push_back(roots[i]);
  }
  std::sort(out.begin(), out.end());
  return out;
}

Told::Told(const Discovery& discovery, const core::SourceSet& sources, const std::vector<ParsedFile>& parsed)
    : all_(!discovery.around), known_(parsed.size()) {
  if (all_) return;
  told_.insert(discovery.focus.begin(), discovery.focus.end());
  // A module is analysed whole: what is wrong beside a file of it is worth knowing.
  std::set<std::string_view> modules;
  for (const std::string& path : discovery.focus) {
    if (kind_of(path) == FileKind::kHcl || path.ends_with(".tf.json")) modules.insert(core::parent_path(path));
  }
  for (const ParsedFile& file : parsed) {
    const std::string& path = sources.path(file.id);
    bool module_file = kind_of(path) == FileKind::kHcl || path.ends_with(".tf.json");
    if (module_file && modules.contains(core::parent_path(path))) told_.insert(path);
    else if (!told_.contains(path)) others_.insert(path);
  }
}

bool Told::tells(std::string_view path) const { return all_ || told_.contains(path); }

bool Told::tells_root(std::string_view path) const {
  if (all_) return true;
  std::string_view directory = path == "." ? std::string_view{} : path;
  return told_.contains(path) || std::any_of(told_.begin(), told_.end(), [&](const std::string& file) {
    return core::parent_path(file) == directory;
  });
}

bool Told::tells(const core::Problem& problem, const core::SourceSet& sources) const {
  if (all_) return true;
  std::string_view path = problem.span.valid() ? std::string_view(sources.path(problem.span.file)) : problem.path;
  return !others_.contains(path);
}

void show_paths(const Discovery& discovery, core::SourceSet& sources, rules::Report& report) {
  if (discovery.shown_base.empty() || discovery.shown_base == discovery.base) return;
  auto shown = [&](const std::string& path) {
    if (path.empty() || core::is_absolute(path)) return path;
    return core::relative_path(core::normalize_path(core::join_path(discovery.base, path)), discovery.shown_base);
  };
  for (core::FileId id = 0; id < sources.size(); ++id) sources.rename(id, shown(sources.path(id)));
  for (core::Problem& problem : report.problems) problem.path = shown(problem.path);
  for (rules::CoverageRow& row : report.coverage) row.path = shown(row.path);
  report.base_directory = discovery.shown_base;
  if (core::is_within(discovery.shown_base, discovery.base)) {
    report.repository_prefix += core::relative_path(discovery.shown_base, discovery.base) + "/";
  } else {
    report.repository_prefix.clear();
  }
}

}  // namespace assay::pipeline
