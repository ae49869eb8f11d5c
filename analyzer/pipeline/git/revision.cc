#include "analyzer/pipeline/git/revision.h"

#include <algorithm>

#include "analyzer/pipeline/discover.h"
#include "parsers/core/path.h"

namespace assay::pipeline {
namespace {

using core::Error;

// "A..B" in its parts.
struct Range {
  std::string from, to;     // `to` empty: the work tree or the index
  bool merge_base = false;  // three dots
};

Range range_of(const std::string& text) {
  size_t dots = text.find("..");
  if (dots == std::string::npos) return {text, "", false};
  bool three = text.compare(dots, 3, "...") == 0;
  Range out{text.substr(0, dots), text.substr(dots + (three ? 3 : 2)), three};
  if (out.from.empty()) out.from = "HEAD";
  return out;
}

std::vector<std::string> submodules_of(const TreeListing& listing) {
  std::vector<std::string> out;
  for (const TreeEntry& entry : listing.entries) {
    if (entry.kind == TreeEntryKind::kSubmodule) out.push_back(entry.path);
  }
  return out;
}

std::string absolute(const ScanOptions& options, const std::string& path) {
  return core::normalize_path(core::join_path(options.current_directory, path));
}

std::vector<std::string> paths_of(const ScanOptions& options) {
  return options.paths.empty() ? std::vector<std::string>{"."} : options.paths;
}

// The closest directory at or above a path that is there.
std::string existing_directory(const core::FileSystem& disk, std::string path) {
  while (path != "/" && !disk.is_directory(path)) path = std::string(core::parent_path(path));
  return path;
}

}  // namespace

core::Result<std::unique_ptr<Revisions>> Revisions::open(core::FileSystem& disk, const RevisionRequest& request,
                                                         ScanOptions& options) {
  std::string directory = existing_directory(disk, absolute(options, paths_of(options).front()));
  auto repository = Repository::open(directory);
  if (!repository) return repository.error();
  std::unique_ptr<Revisions> out(new Revisions(disk, std::move(*repository)));
  const Repository& git = out->repository_;
  out->root_ = git.root().empty() ? directory : git.root();
  if (auto real = disk.real_path(directory); real && *real != directory && core::is_within(*real, out->root_)) {
    // The directory as it was named, less what lies below the root.
    std::string below = core::relative_path(*real, out->root_);
    if (below == ".")
      out->alias_ = directory;
    else if (directory.ends_with("/" + below))
      out->alias_ = directory.substr(0, directory.size() - below.size() - 1);
  }
  if (auto chosen = out->choose_after(request.diff, request.staged, options); !chosen) return chosen.error();
  return out;
}

core::Status Revisions::choose_after(const std::string& diff, bool staged, ScanOptions& options) {
  Range range = range_of(diff);
  if (diff.empty()) range = {};
  if (staged && !range.to.empty()) {
    return Error{"bad-ref", "--staged compares the index with a ref; '" + diff + "' names two"};
  }
  if (range.to.empty() && (repository_.bare() || repository_.root().empty())) {
    return Error{"no-work-tree", "the repository at " + repository_.directory() +
                                     " is bare and has no work tree; --diff A..B compares two of its commits"};
  }
  std::string to_object;
  if (!range.to.empty()) {
    auto object = repository_.resolve(range.to);
    if (!object) return object.error();
    to_object = *object;
  }
  if (!diff.empty()) {
    auto object = repository_.resolve(range.from);
    if (!object) return object.error();
    object_ = *object;
    if (range.merge_base) {
      auto head = to_object.empty() ? repository_.resolve("HEAD") : core::Result<std::string>(to_object);
      if (!head) return head.error();
      auto base = repository_.merge_base(object_, *head);
      if (!base) return base.error();
      object_ = *base;
    }
    against_ = "git " + (range.merge_base ? diff : range.from) + " (" + object_.substr(0, 8) + ")";
  }
  if (!staged && to_object.empty()) {
    after_ = &disk_;
    return core::ok();
  }
  auto listing = staged ? repository_.list_index() : repository_.list_tree(to_object);
  if (!listing) return listing.error();
  submodules_ = submodules_of(*listing);
  index_or_tree_ = std::make_unique<TreeFileSystem>(disk_, repository_, std::move(*listing), root_);
  if (!alias_.empty()) index_or_tree_->add_alias(alias_);
  after_ = index_or_tree_.get();
  // What is a directory on disk is one here, even if nothing of it is in the tree.
  for (const std::string& path : paths_of(options)) {
    std::string whole = absolute(options, path);
    if (disk_.is_directory(whole)) index_or_tree_->add_directory(whole);
  }
  if (staged && diff.empty()) return narrow_to_staged(options);
  return core::ok();
}

// The staged files below the paths asked for are what is asked about.
core::Status Revisions::narrow_to_staged(ScanOptions& options) const {
  auto staged = repository_.staged_files();
  if (!staged) return staged.error();
  std::vector<std::string> asked;
  for (const std::string& path : paths_of(options)) {
    std::string whole = absolute(options, path);
    if (!after_->exists(whole) && !disk_.exists(whole))
      return Error{"path-not-found", "there is no file or directory '" + path + "'"};
    asked.push_back(std::move(whole));
  }
  std::vector<std::string> wanted;
  for (const std::string& path : *staged) {
    const TreeEntry* entry = index_or_tree_->find(path);
    if (!entry || entry->kind == TreeEntryKind::kSubmodule) continue;
    for (const std::string& root : {root_, alias_}) {
      if (root.empty()) continue;
      std::string whole = core::join_path(root, path);
      bool inside = std::any_of(asked.begin(), asked.end(),
                                [&](const std::string& one) { return core::is_within(whole, one); });
      // A link that leads nowhere is not a file to look at.
      auto info = inside ? after_->stat(whole) : core::Error{};
      if (info && info->kind == core::EntryKind::kFile) wanted.push_back(std::move(whole));
    }
  }
  options.nothing_asked = wanted.empty();
  options.paths = std::move(wanted);
  return core::ok();
}

core::Status Revisions::load_before() {
  auto listing = repository_.list_tree(object_);
  if (!listing) return listing.error();
  if (after_ == &disk_) {
    // What the work tree lacks on purpose is compared on neither side.
    not_checked_out_ = std::move(listing->not_checked_out);
    std::erase_if(listing->entries, [&](const TreeEntry& entry) {
      return std::binary_search(not_checked_out_.begin(), not_checked_out_.end(), entry.path);
    });
  }
  for (std::string& path : submodules_of(*listing)) submodules_.push_back(std::move(path));
  std::sort(submodules_.begin(), submodules_.end());
  submodules_.erase(std::unique(submodules_.begin(), submodules_.end()), submodules_.end());
  before_ = std::make_unique<TreeFileSystem>(disk_, repository_, std::move(*listing), root_);
  if (!alias_.empty()) before_->add_alias(alias_);
  if (after_ == &disk_ && !submodules_.empty()) {
    std::vector<std::string> hidden;
    for (const std::string& path : submodules_) {
      hidden.push_back(core::join_path(root_, path));
      if (!alias_.empty()) hidden.push_back(core::join_path(alias_, path));
    }
    work_tree_ = std::make_unique<FileSystemWithout>(disk_, std::move(hidden));
    after_ = work_tree_.get();
  }
  return core::ok();
}

bool Revisions::is_same(const Scan& scan) const {
  for (const TreeEntry& entry : before_->listing().entries) {
    if (entry.kind == TreeEntryKind::kSubmodule) continue;
    if (!index_or_tree_) {
      if (!entry.as_on_disk) return false;
      continue;
    }
    const TreeEntry* now = index_or_tree_->find(entry.path);
    if (!now || now->object != entry.object || now->kind != entry.kind) return false;
  }
  if (index_or_tree_) {
    return std::all_of(index_or_tree_->listing().entries.begin(), index_or_tree_->listing().entries.end(),
                       [&](const TreeEntry& entry) { return before_->find(entry.path) != nullptr; });
  }
  // Nothing that was read is new.
  for (core::FileId file = 0; file < scan.sources.size(); ++file) {
    std::string whole = core::normalize_path(core::join_path(scan.report.base_directory, scan.sources.path(file)));
    for (const std::string& root : {root_, alias_}) {
      if (root.empty() || !core::is_within(whole, root)) continue;
      std::string path = core::relative_path(whole, root);
      if (path.find('!') == std::string::npos && !before_->find(path)) return false;
    }
  }
  return true;
}

ScanOptions Revisions::options_before(const ScanOptions& options, const Scan& scan) {
  ScanOptions out = options;
  out.paths.clear();
  bool any_file = false;
  for (const std::string& path : paths_of(options)) {
    std::string whole = absolute(options, path);
    if (after_->is_directory(whole)) {
      before_->add_directory(whole);
      out.paths.push_back(path);
      continue;
    }
    any_file = true;
    if (before_->exists(whole)) out.paths.push_back(path);
  }
  if (!any_file) return out;
  // What a named file holds may have stood in another file before.
  for (const TreeEntry& entry : before_->listing().entries) {
    if (entry.as_on_disk || entry.kind != TreeEntryKind::kFile || kind_of(entry.path) == FileKind::kOther) continue;
    std::string whole = core::join_path(
        core::is_within(scan.report.base_directory, root_) || alias_.empty() ? root_ : alias_, entry.path);
    if (core::is_within(whole, scan.report.base_directory)) out.paths.push_back(std::move(whole));
  }
  out.nothing_asked = out.paths.empty();
  return out;
}

void Revisions::complete(rules::Report& report) const {
  for (rules::CoverageRow& row : report.coverage) {
    if (row.state != "skipped") continue;
    std::string whole = core::normalize_path(core::join_path(report.base_directory, row.path));
    for (const std::string& root : {root_, alias_}) {
      if (root.empty() || !core::is_within(whole, root)) continue;
      if (std::binary_search(submodules_.begin(), submodules_.end(), core::relative_path(whole, root))) {
        row.reason = "submodule: its files are not part of this repository's trees";
      }
    }
  }
  if (not_checked_out_.empty()) return;
  core::add_problem(report.problems, core::ProblemSeverity::kNote, "sparse-checkout",
                    std::to_string(not_checked_out_.size()) +
                        " files are not in the sparse work tree and were compared on neither side");
}

}  // namespace assay::pipeline
