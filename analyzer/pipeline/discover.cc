#include "analyzer/pipeline/discover.h"

#include <algorithm>
#include <optional>
#include <set>

#include "parsers/core/path.h"
#include "parsers/core/walker.h"

namespace assay::pipeline {

std::string common_directory(std::string a, const std::string& b) {
  while (!core::is_within(b, a)) a = std::string(core::parent_path(a));
  return a;
}

std::string start_of(const core::FileSystem& files, const std::vector<std::string>& paths, const std::string& current_directory) {
  std::string out;
  for (const std::string& path : paths) {
    std::string absolute = core::normalize_path(core::join_path(current_directory, path));
    if (paths.size() == 1) return absolute;
    if (!files.is_directory(absolute)) absolute = std::string(core::parent_path(absolute));
    out = out.empty() ? absolute : common_directory(out, absolute);
  }
  return out.empty() ? core::normalize_path(current_directory) : out;
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

std::string context_root(const core::FileSystem& files, const std::string& directory) {
  std::string repository = repository_root(files, directory);
  if (!repository.empty()) return repository;
  for (std::string at = directory;; at = std::string(core::parent_path(at))) {
    for (const char* name : {"assay.yaml", ".assay.yaml"}) {
      if (files.exists(core::join_path(at, name))) return at;
    }
    if (at.empty() || at == "/") return {};
  }
}

namespace {

struct Target {
  std::string absolute;
  bool is_directory;
};

// Paths that exist; of the others, a problem.
std::vector<Target> find_targets(const core::FileSystem& files, const std::vector<std::string>& paths,
                                 const std::string& current_directory, Discovery& out) {
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
  return targets;
}

// Collects what targets bring.
class Finder {
 public:
  Finder(const core::FileSystem& files, Discovery& out) : files_(files), out_(out) {}

  // All that is around the focus. False: too much.
  bool add_context() {
    core::WalkResult walked = core::walk(files_, out_.base);
    if (walked.files.size() > kMaxContextFiles) return false;
    found_.insert(walked.files.begin(), walked.files.end());
    return true;
  }

  void add_directory(const Target& target) {
    std::string relative = seen_from_base(target.absolute);
    core::WalkResult walked = core::walk(files_, target.absolute);
    for (const std::string& file : walked.files) {
      std::string path = core::join_path(relative, file);
      focus_.insert(path);
      found_.insert(std::move(path));
    }
    for (const core::SkippedEntry& entry : walked.skipped) {
      out_.skipped.push_back({core::join_path(relative, entry.path), false, "", "skipped",
                              std::string(core::to_text(entry.reason)) + (entry.is_directory ? " directory" : "")});
    }
    for (core::Problem& problem : walked.problems) {
      problem.path = core::join_path(relative, problem.path);
      out_.problems.push_back(std::move(problem));
    }
  }

  void add_file(const Target& target) {
    std::string relative = seen_from_base(target.absolute);
    if (out_.around && !found_.contains(relative)) {
      // Named through a link to a directory: what the search found under its own name is meant.
      auto real = files_.real_path(target.absolute);
      auto real_base = files_.real_path(out_.base);
      if (real && real_base && core::is_within(*real, *real_base)) {
        std::string own = core::relative_path(*real, *real_base);
        if (found_.contains(own)) relative = std::move(own);
      }
    }
    named_.insert(relative);
    focus_.insert(relative);
    found_.insert(relative);
    if (!out_.around) add_beside(relative);
  }

  void finish(bool any_file) {
    out_.named.assign(named_.begin(), named_.end());
    out_.files.assign(found_.begin(), found_.end());
    if (any_file) out_.focus.assign(focus_.begin(), focus_.end());
  }

 private:
  std::string seen_from_base(const std::string& absolute) const {
    std::string relative = core::relative_path(absolute, out_.base);
    return relative == "." ? std::string() : relative;
  }

  // The other files of a Terraform module.
  void add_beside(const std::string& relative) {
    std::string directory(core::parent_path(relative));
    if (kind_of(relative) != FileKind::kHcl && !relative.ends_with(".tf.json")) return;
    if (!seen_directories_.insert(directory).second) return;
    auto entries = files_.list(core::join_path(out_.base, directory));
    if (!entries) return;
    for (const core::DirEntry& entry : *entries) {
      bool module_file = kind_of(entry.name) == FileKind::kHcl || entry.name.ends_with(".tf.json") ||
                         entry.name.ends_with(".tfvars.json");
      if (entry.kind == core::EntryKind::kFile && module_file) found_.insert(core::join_path(directory, entry.name));
    }
  }

  const core::FileSystem& files_;
  Discovery& out_;
  std::set<std::string> found_, focus_, named_, seen_directories_;
};

}  // namespace

Discovery discover(const core::FileSystem& files, const std::vector<std::string>& paths,
                   const std::string& current_directory, const std::string& around) {
  Discovery out;
  std::vector<Target> targets = find_targets(files, paths, current_directory, out);
  // Reports name files as seen from the working directory; paths elsewhere, from their own directory.
  std::string base = core::normalize_path(current_directory);
  bool all_below = std::all_of(targets.begin(), targets.end(),
                               [&](const Target& t) { return core::is_within(t.absolute, base); });
  std::string common;  // of all targets
  for (const Target& target : targets) {
    std::string directory = target.is_directory ? target.absolute : std::string(core::parent_path(target.absolute));
    common = common.empty() ? directory : common_directory(common, directory);
  }
  if (!all_below) base = common;
  out.base = out.shown_base = base;
  bool any_file = std::any_of(targets.begin(), targets.end(), [](const Target& t) { return !t.is_directory; });
  std::optional<Finder> finder(std::in_place, files, out);
  if (any_file) {
    std::string root = around.empty() ? context_root(files, common) : around;
    if (!root.empty() && core::is_within(common, root)) {
      out.base = root;
      out.around = finder->add_context();
      if (!out.around) {
        out.base = base;
        finder.emplace(files, out);
        core::Problem problem;
        problem.severity = core::ProblemSeverity::kNote;
        problem.code = "limit-context";
        problem.message = "more than " + std::to_string(kMaxContextFiles) + " files are around those given: only the directory of each is looked at";
        problem.path = root;
        out.problems.push_back(std::move(problem));
      }
    }
  }
  for (const Target& target : targets) {
    if (target.is_directory) finder->add_directory(target);
    else finder->add_file(target);
  }
  finder->finish(any_file);
  return out;
}

}  // namespace assay::pipeline
