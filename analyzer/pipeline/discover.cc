#include "analyzer/pipeline/discover.h"

#include <algorithm>
#include <set>

#include "parsers/core/path.h"
#include "parsers/core/walker.h"

namespace assay::pipeline {

std::string common_directory(std::string a, const std::string& b) {
  while (!core::is_within(b, a)) a = std::string(core::parent_path(a));
  return a;
}

FileKind kind_of(std::string_view path) {
  struct Ending {
    std::string_view text;
    FileKind kind;
  };
  static constexpr Ending kEndings[] = {
      {".tf", FileKind::kHcl},      {".tofu", FileKind::kHcl},   {".tfvars", FileKind::kHcl},
      {".yaml", FileKind::kYaml},   {".yml", FileKind::kYaml},   {".json", FileKind::kJson},
      {".template", FileKind::kYamlOrJson}, {"tfplan", FileKind::kPlan},
  };
  for (const Ending& ending : kEndings) {
    if (path.ends_with(ending.text)) return ending.kind;
  }
  return FileKind::kOther;
}

std::string repository_root(const core::FileSystem& files, std::string directory) {
  while (true) {
    if (files.exists(core::join_path(directory, ".git"))) return directory;
    if (directory.empty() || directory == "/") return {};
    directory = std::string(core::parent_path(directory));
  }
}

Discovery discover(const core::FileSystem& files, const std::vector<std::string>& paths,
                   const std::string& current_directory) {
  Discovery out;
  struct Target {
    std::string absolute;
    bool is_directory;
  };
  std::vector<Target> targets;
  for (const std::string& path : paths.empty() ? std::vector<std::string>{"."} : paths) {
    std::string absolute = core::normalize_path(core::join_path(current_directory, path));
    auto info = files.stat(absolute);
    if (!info) {
      core::Problem problem;
      bool missing = info.error().code == "not-found";
      problem.code = missing ? "path-not-found" : "unreadable-file";
      problem.message = missing ? "there is no file or directory '" + path + "'" : info.error().message;
      problem.path = path;
      out.problems.push_back(std::move(problem));
      out.path_missing |= missing;
      continue;
    }
    targets.push_back({std::move(absolute), info->kind == core::EntryKind::kDirectory});
  }
  // Reports name files as seen from the working directory; paths elsewhere, from their own directory.
  out.base = core::normalize_path(current_directory);
  bool all_below = std::all_of(targets.begin(), targets.end(),
                               [&](const Target& t) { return core::is_within(t.absolute, out.base); });
  if (!all_below) {
    bool first = true;
    for (const Target& target : targets) {
      std::string directory =
          target.is_directory ? target.absolute : std::string(core::parent_path(target.absolute));
      out.base = first ? directory : common_directory(out.base, directory);
      first = false;
    }
  }
  std::set<std::string> found;
  std::set<std::string> focus;
  std::set<std::string> seen_directories;
  bool any_file = false;
  for (const Target& target : targets) {
    std::string relative = core::relative_path(target.absolute, out.base);
    if (relative == ".") relative.clear();
    if (target.is_directory) {
      core::WalkResult walked = core::walk(files, target.absolute);
      for (const std::string& file : walked.files) {
        std::string path = core::join_path(relative, file);
        focus.insert(path);
        found.insert(std::move(path));
      }
      for (const core::SkippedEntry& entry : walked.skipped) {
        out.skipped.push_back({core::join_path(relative, entry.path), false, "", "skipped",
                               std::string(core::to_text(entry.reason)) +
                                   (entry.is_directory ? " directory" : "")});
      }
      for (core::Problem& problem : walked.problems) {
        problem.path = core::join_path(relative, problem.path);
        out.problems.push_back(std::move(problem));
      }
      continue;
    }
    any_file = true;
    out.named.push_back(relative);
    focus.insert(relative);
    found.insert(relative);
    std::string directory(core::parent_path(relative));
    if (kind_of(relative) != FileKind::kHcl && !relative.ends_with(".tf.json")) continue;
    if (!seen_directories.insert(directory).second) continue;
    auto entries = files.list(core::join_path(out.base, directory));
    if (!entries) continue;
    for (const core::DirEntry& entry : *entries) {
      bool module_file = kind_of(entry.name) == FileKind::kHcl || entry.name.ends_with(".tf.json") ||
                         entry.name.ends_with(".tfvars.json");
      if (entry.kind == core::EntryKind::kFile && module_file) found.insert(core::join_path(directory, entry.name));
    }
  }
  std::sort(out.named.begin(), out.named.end());
  out.files.assign(found.begin(), found.end());
  if (any_file) out.focus.assign(focus.begin(), focus.end());
  return out;
}

}  // namespace assay::pipeline
