#include "parsers/core/walker.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "parsers/core/ignore.h"
#include "parsers/core/path.h"

namespace assay::core {
namespace {

// The ignore files that hold for a directory, innermost first. Directories without a .gitignore
// share their parent's.
struct Layer {
  IgnoreFile file;
  const Layer* outer = nullptr;
};

std::string_view first_line(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

class Walk {
 public:
  Walk(const FileSystem& files, const std::string& root, const WalkOptions& options)
      : files_(files), root_(root.empty() ? "." : root), options_(options) {
    if (!options.exclude.empty()) {
      std::string lines;
      for (const std::string& line : options.exclude) lines += line + '\n';
      exclude_.emplace(lines, "");
    }
  }

  WalkResult run() {
    const Layer* outer = options_.gitignore ? layers_above_root() : nullptr;
    pending_.push_back({"", outer});
    while (!pending_.empty()) {
      Pending next = std::move(pending_.back());
      pending_.pop_back();
      enter(next.path, next.layer);
    }
    std::sort(out_.files.begin(), out_.files.end());
    std::sort(out_.skipped.begin(), out_.skipped.end(),
              [](const SkippedEntry& a, const SkippedEntry& b) { return a.path < b.path; });
    std::sort(out_.problems.begin(), out_.problems.end(),
              [](const Problem& a, const Problem& b) { return a.path < b.path; });
    return std::move(out_);
  }

 private:
  struct Pending {
    std::string path;  // relative to the root; "" is the root
    const Layer* layer;
  };

  std::string on_disk(std::string_view path) const {
    return path.empty() ? root_ : join_path(root_, path);
  }
  // Patterns see paths relative to the repository root.
  std::string in_repository(std::string_view path) const { return join_path(below_, path); }

  void problem(std::string code, const Error& error, std::string path) {
    Problem problem;
    problem.code = std::move(code);
    problem.message = error.message;
    problem.path = std::move(path);
    out_.problems.push_back(std::move(problem));
  }

  const Layer* add_layer(std::string_view text, std::string directory, const Layer* outer) {
    IgnoreFile file(text, std::move(directory));
    if (file.empty()) return outer;
    layers_.push_back(std::make_unique<Layer>(Layer{std::move(file), outer}));
    return layers_.back().get();
  }

  // `path`: of the .gitignore on disk.
  const Layer* read_layer(const std::string& path, std::string directory, const Layer* outer) {
    auto text = files_.read(path);
    if (text) return add_layer(*text, std::move(directory), outer);
    if (text.error().code != "not-found" && text.error().code != "is-directory") {
      problem("unreadable-file", text.error(), path);
    }
    return outer;
  }

  // Where info/exclude lies: ".git" is a directory, or a file that names one (worktrees,
  // submodules), which may name a common one in turn.
  std::string git_directory(const std::string& git) const {
    if (files_.is_directory(git)) return git;
    auto text = files_.read_up_to(git, 64 * 1024);
    constexpr std::string_view kKey = "gitdir: ";
    if (!text || !text->starts_with(kKey)) return git;
    std::string directory =
        join_path(parent_path(git), first_line(std::string_view(*text).substr(kKey.size())));
    auto common = files_.read_up_to(join_path(directory, "commondir"), 64 * 1024);
    return common ? join_path(directory, first_line(*common)) : directory;
  }

  const Layer* layers_above_root() {
    auto real = files_.real_path(root_);
    if (!real) return nullptr;
    real_root_ = *real;
    std::string repository = *real;
    while (!files_.exists(join_path(repository, ".git"))) {
      if (repository == "/") return nullptr;  // no repository: .gitignore files below still apply
      repository = parent_path(repository);
    }
    below_ = relative_path(*real, repository);
    if (below_ == ".") below_.clear();
    std::string exclude = join_path(git_directory(join_path(repository, ".git")), "info/exclude");
    const Layer* layer = read_layer(exclude, "", nullptr);
    // The root's own .gitignore is read when the root is entered.
    for (size_t end = 0; !below_.empty() && end != std::string::npos;) {
      std::string directory = below_.substr(0, end);
      layer =
          read_layer(join_path(join_path(repository, directory), ".gitignore"), directory, layer);
      end = below_.find('/', end == 0 ? 0 : end + 1);
    }
    return layer;
  }

  std::optional<SkipReason> ignored(const std::string& path, bool is_directory,
                                    const Layer* layer) const {
    if (exclude_) {
      IgnoreVerdict verdict = exclude_->match(path, is_directory);
      if (verdict == IgnoreVerdict::kIgnored) return SkipReason::kExcluded;
      if (verdict == IgnoreVerdict::kIncluded) return std::nullopt;
    }
    if (layer == nullptr) return std::nullopt;
    std::string joined;
    std::string_view full = path;
    if (!below_.empty()) full = joined = in_repository(path);
    for (; layer != nullptr; layer = layer->outer) {
      IgnoreVerdict verdict = layer->file.match(full, is_directory);
      if (verdict == IgnoreVerdict::kIgnored) return SkipReason::kGitignored;
      if (verdict == IgnoreVerdict::kIncluded) return std::nullopt;
    }
    return std::nullopt;
  }

  void skip(std::string path, SkipReason reason, bool is_directory) {
    out_.skipped.push_back({std::move(path), reason, is_directory});
  }

  void enter(const std::string& path, const Layer* layer) {
    auto entries = files_.list(on_disk(path));
    if (!entries) {
      problem("unreadable-directory", entries.error(), path.empty() ? root_ : path);
      return;
    }
    ++out_.directories;
    if (options_.gitignore) {
      auto own = std::lower_bound(
          entries->begin(), entries->end(), std::string_view(".gitignore"),
          [](const DirEntry& entry, std::string_view name) { return entry.name < name; });
      if (own != entries->end() && own->name == ".gitignore") {
        layer = read_layer(on_disk(join_path(path, ".gitignore")), in_repository(path), layer);
      }
    }
    std::string child;
    for (DirEntry& entry : *entries) {
      child.assign(path);
      if (!child.empty()) child += '/';
      child += entry.name;
      switch (entry.kind) {
        case EntryKind::kDirectory:
          directory(entry.name, child, layer);
          break;
        case EntryKind::kFile:
          file(entry.name, child, layer);
          break;
        case EntryKind::kSymlink:
          link(entry.name, child, layer);
          break;
        case EntryKind::kOther:
          skip(child, SkipReason::kSpecialFile, false);
          break;
      }
    }
  }

  void directory(std::string_view name, const std::string& path, const Layer* layer) {
    if (std::find(std::begin(kSkippedDirectories), std::end(kSkippedDirectories), name) !=
        std::end(kSkippedDirectories)) {
      skip(path, SkipReason::kSkippedDirectory, true);
    } else if (auto reason = ignored(path, true, layer)) {
      skip(path, *reason, true);
    } else {
      pending_.push_back({path, layer});
    }
  }

  void file(std::string_view name, const std::string& path, const Layer* layer) {
    if (options_.wanted && !options_.wanted(name)) {
      ++out_.unwanted;
    } else if (auto reason = ignored(path, false, layer)) {
      skip(path, *reason, false);
    } else {
      out_.files.push_back(path);
    }
  }

  void link(std::string_view name, const std::string& path, const Layer* layer) {
    if (auto reason = ignored(path, false, layer)) return skip(path, *reason, false);
    auto info = files_.stat(on_disk(path));
    if (!info) return skip(path, SkipReason::kBrokenLink, false);
    if (info->kind == EntryKind::kDirectory) return skip(path, SkipReason::kDirectoryLink, true);
    if (info->kind != EntryKind::kFile) return skip(path, SkipReason::kSpecialFile, false);
    if (options_.wanted && !options_.wanted(name)) {
      ++out_.unwanted;
      return;
    }
    if (real_root_.empty()) {
      auto real = files_.real_path(root_);
      if (real) real_root_ = *real;
    }
    auto target = files_.real_path(on_disk(path));
    if (!target || !is_within(*target, real_root_)) {
      return skip(path, SkipReason::kLinkOutside, false);
    }
    out_.files.push_back(path);
  }

  const FileSystem& files_;
  std::string root_;
  const WalkOptions& options_;
  std::optional<IgnoreFile> exclude_;
  std::string real_root_;
  std::string below_;  // the root, relative to the repository root; "" when they are the same
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Pending> pending_;
  WalkResult out_;
};

}  // namespace

std::string_view to_text(SkipReason reason) {
  switch (reason) {
    case SkipReason::kGitignored:
      return "gitignored";
    case SkipReason::kExcluded:
      return "excluded";
    case SkipReason::kSkippedDirectory:
      return "skipped-directory";
    case SkipReason::kDirectoryLink:
      return "symlink-to-directory";
    case SkipReason::kLinkOutside:
      return "symlink-outside-root";
    case SkipReason::kBrokenLink:
      return "broken-symlink";
    case SkipReason::kSpecialFile:
      return "special-file";
  }
  return "";
}

WalkResult walk(const FileSystem& files, const std::string& root, const WalkOptions& options) {
  return Walk(files, root, options).run();
}

}  // namespace assay::core
