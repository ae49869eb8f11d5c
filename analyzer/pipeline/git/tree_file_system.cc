#include "analyzer/pipeline/git/tree_file_system.h"

#include <algorithm>
#include <charconv>

#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::pipeline {
namespace {

using core::DirEntry;
using core::EntryKind;
using core::Error;

constexpr std::chrono::seconds kPatience{30};  // for one content
constexpr int kMaxFailures = 2;                // of git cat-file, then it is not asked again
constexpr int kMaxLinks = 40;
constexpr size_t kMaxLinkBytes = 4096;
constexpr std::string_view kPointer = "version https://git-lfs.github.com/spec/v1\n";
constexpr size_t kMaxPointerBytes = 1024;

Error not_found(const std::string& path) {
  return {"not-found", path + " does not exist"};
}
Error too_large(const std::string& path, size_t limit) {
  return {"file-too-large",
          path + " is larger than the limit of " + std::to_string(limit >> 20) + " MiB and was not read"};
}

EntryKind kind_of(const TreeEntry& entry) {
  switch (entry.kind) {
    case TreeEntryKind::kFile: return EntryKind::kFile;
    case TreeEntryKind::kLink: return EntryKind::kSymlink;
    case TreeEntryKind::kSubmodule: return EntryKind::kOther;
  }
  return EntryKind::kOther;
}

}  // namespace

bool is_lfs_pointer(std::string_view text) {
  return text.size() <= kMaxPointerBytes && text.starts_with(kPointer) &&
         text.find("\noid ") != std::string_view::npos;
}

TreeFileSystem::TreeFileSystem(const core::FileSystem& disk, const Repository& repository, TreeListing listing,
                               std::string place)
    : disk_(disk),
      command_(repository.command({"cat-file", "--batch"})),
      git_directory_(repository.git_directory()),
      listing_(std::move(listing)),
      place_(std::move(place)) {
  files_.reserve(listing_.entries.size());
  directories_[""];
  // Entries of one directory stand together, except around its subdirectories.
  std::string parent;
  std::vector<DirEntry>* siblings = &directories_[""];
  for (const TreeEntry& entry : listing_.entries) {
    files_.emplace(entry.path, &entry);
    std::string_view directory = core::parent_path(entry.path);
    if (directory != parent) {
      parent = directory;
      add_directory(core::join_path(place_, parent));
      siblings = &directories_[parent];
    }
    siblings->push_back({std::string(core::base_name(entry.path)), kind_of(entry)});
  }
  for (auto& [path, entries] : directories_) {
    std::sort(entries.begin(), entries.end(), [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  }
}

void TreeFileSystem::add_alias(std::string alias) {
  if (alias != place_) aliases_.push_back(std::move(alias));
}

void TreeFileSystem::add_directory(const std::string& path) {
  Place place = place_of(path);
  if (!place.in_tree) return;
  std::vector<std::string> missing;
  for (std::string at = place.path; !directories_.contains(at) && !files_.contains(at);) {
    missing.push_back(at);
    at = std::string(core::parent_path(missing.back()));
  }
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    directories_[*at];
    std::vector<DirEntry>& entries = directories_[std::string(core::parent_path(*at))];
    DirEntry entry{std::string(core::base_name(*at)), EntryKind::kDirectory};
    auto where = std::upper_bound(entries.begin(), entries.end(), entry,
                                  [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    entries.insert(where, std::move(entry));
  }
}

const TreeEntry* TreeFileSystem::find(std::string_view path) const {
  auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

TreeFileSystem::Place TreeFileSystem::place_of(const std::string& path) const {
  Place out;
  std::string whole = core::normalize_path(path);
  const std::string* root = core::is_within(whole, place_) ? &place_ : nullptr;
  for (const std::string& alias : aliases_) {
    if (!root && core::is_within(whole, alias)) root = &alias;
  }
  out.on_disk = whole;
  if (!root) return out;
  out.path = core::relative_path(whole, *root);
  if (out.path == ".") out.path.clear();
  if (out.path == ".git" || out.path.starts_with(".git/")) return out;
  out.in_tree = true;
  out.on_disk = core::join_path(place_, out.path);
  return out;
}

core::Status TreeFileSystem::resolve(Place& place) const {
  const std::string asked = place.on_disk;
  std::string rest = place.path, done;
  int links = 0;
  while (!rest.empty()) {
    size_t slash = rest.find('/');
    std::string next = core::join_path(done, rest.substr(0, slash));
    rest = slash == std::string::npos ? "" : rest.substr(slash + 1);
    const TreeEntry* entry = find(next);
    if (!entry && !has_directory(next)) return not_found(asked);
    if (!entry || entry->kind != TreeEntryKind::kLink) {
      if (entry && !rest.empty()) return not_found(asked);
      done = std::move(next);
      continue;
    }
    auto target = blob(entry->object, kMaxLinkBytes, asked);
    if (!target) return target.error();
    if (++links > kMaxLinks) return Error{"io-error", asked + ": too many symbolic links"};
    Place led = place_of(core::join_path(core::join_path(place_, core::parent_path(next)), *target));
    if (!led.in_tree) {
      place = {false, {}, core::normalize_path(core::join_path(led.on_disk, rest))};
      return core::ok();
    }
    rest = core::join_path(led.path, rest);
    done.clear();
  }
  place.path = std::move(done);
  place.on_disk = core::join_path(place_, place.path);
  return core::ok();
}

core::Result<std::string> TreeFileSystem::blob(const std::string& object, size_t limit,
                                               const std::string& path) const {
  std::lock_guard lock(mutex_);
  if (failures_ >= kMaxFailures) return Error{"io-error", "git cannot read " + path + ": it failed before"};
  if (!child_) {
    auto child = Child::start(command_);
    if (!child) return child.error();
    child_ = std::move(*child);
  }
  auto fail = [&](const Error& error) {
    ++failures_;
    child_.reset();  // where it stands in its answers is not known any more
    return Error{"io-error", "git cannot read " + path + ": " + error.message};
  };
  if (auto asked = child_->write(object + "\n"); !asked) return fail(asked.error());
  auto line = child_->read_line(kPatience);
  if (!line) return fail(line.error());
  // OBJECT TYPE SIZE, or OBJECT "missing".
  std::vector<std::string_view> words = core::split(*line, ' ');
  if (words.size() == 2 && words[1] == "missing") {
    return Error{"io-error", "git does not have " + path + " (object " + object.substr(0, 12) +
                                 "): in a partial clone, fetch it first"};
  }
  size_t size = 0;
  if (words.size() != 3 ||
      std::from_chars(words[2].data(), words[2].data() + words[2].size(), size).ec != std::errc()) {
    return fail({"", "an answer that is not understood"});
  }
  std::string text;
  bool wanted = size <= limit;
  if (wanted) text.reserve(size);
  auto got = child_->read_bytes(size, wanted ? &text : nullptr, kPatience);
  if (got) got = child_->read_bytes(1, nullptr, kPatience);
  if (!got) return fail(got.error());
  if (!wanted) return too_large(path, limit);
  return text;
}

// "oid sha256:HEX" in .git/lfs/objects/HE/XX/HEX, where it was fetched.
core::Result<std::string> TreeFileSystem::large_file(std::string text, size_t limit) const {
  constexpr std::string_view kKey = "\noid sha256:";
  size_t at = text.find(kKey);
  if (at == std::string::npos) return text;
  std::string name = text.substr(at + kKey.size(), 64);
  if (name.size() != 64 || name.find_first_not_of("0123456789abcdef") != std::string::npos) return text;
  std::string path = git_directory_ + "/lfs/objects/" + name.substr(0, 2) + "/" + name.substr(2, 2) + "/" + name;
  auto whole = disk_.read_up_to(path, limit);
  if (whole || whole.error().code == "file-too-large") return whole;
  return text;
}

core::Result<std::string> TreeFileSystem::read_up_to(const std::string& path, size_t limit) const {
  Place place = place_of(path);
  if (!place.in_tree) return disk_.read_up_to(path, limit);
  if (auto resolved = resolve(place); !resolved) return resolved.error();
  if (!place.in_tree) return disk_.read_up_to(place.on_disk, limit);
  const TreeEntry* entry = find(place.path);
  if (!entry) return Error{"is-directory", path + " is a directory"};
  if (entry->kind != TreeEntryKind::kFile) return Error{"not-a-file", path + " is a submodule"};
  if (entry->as_on_disk) {
    auto text = disk_.read_up_to(place.on_disk, limit);
    if (text || text.error().code == "file-too-large") return text;
  }
  auto text = blob(entry->object, limit, path);
  if (text && is_lfs_pointer(*text)) return large_file(std::move(*text), limit);
  return text;
}

core::Result<std::vector<DirEntry>> TreeFileSystem::list(const std::string& directory) const {
  Place place = place_of(directory);
  if (place.in_tree) {
    if (auto resolved = resolve(place); !resolved) return resolved.error();
  }
  if (!place.in_tree) return disk_.list(place.on_disk);
  auto found = directories_.find(place.path);
  if (found == directories_.end()) return Error{"not-a-directory", directory + " is not a directory"};
  return found->second;
}

core::Result<core::FileInfo> TreeFileSystem::stat(const std::string& path) const {
  Place place = place_of(path);
  if (place.in_tree) {
    if (auto resolved = resolve(place); !resolved) return resolved.error();
  }
  if (!place.in_tree) return disk_.stat(place.on_disk);
  const TreeEntry* entry = find(place.path);
  if (!entry) return core::FileInfo{EntryKind::kDirectory, 0, 0};
  return core::FileInfo{kind_of(*entry), 0, 0};
}

core::Result<std::string> TreeFileSystem::real_path(const std::string& path) const {
  Place place = place_of(path);
  if (place.in_tree) {
    if (auto resolved = resolve(place); !resolved) return resolved.error();
  }
  if (!place.in_tree) return disk_.real_path(place.on_disk);
  return place.on_disk;
}

FileSystemWithout::FileSystemWithout(const core::FileSystem& inner, std::vector<std::string> directories)
    : inner_(inner), directories_(std::move(directories)) {
  std::sort(directories_.begin(), directories_.end());
}

bool FileSystemWithout::hides(const std::string& path) const {
  if (directories_.empty()) return false;
  std::string whole = core::normalize_path(path);
  return std::any_of(directories_.begin(), directories_.end(),
                     [&](const std::string& directory) { return core::is_within(whole, directory); });
}

core::Result<std::string> FileSystemWithout::read_up_to(const std::string& path, size_t limit) const {
  if (hides(path)) return not_found(path);
  return inner_.read_up_to(path, limit);
}

core::Result<std::vector<DirEntry>> FileSystemWithout::list(const std::string& directory) const {
  if (hides(directory)) return not_found(directory);
  auto entries = inner_.list(directory);
  if (!entries) return entries;
  std::string whole = core::normalize_path(directory);
  for (DirEntry& entry : *entries) {
    if (hides(core::join_path(whole, entry.name))) entry.kind = EntryKind::kOther;
  }
  return entries;
}

core::Result<core::FileInfo> FileSystemWithout::stat(const std::string& path) const {
  if (hides(path)) return core::FileInfo{EntryKind::kOther, 0, 0};
  return inner_.stat(path);
}

core::Result<std::string> FileSystemWithout::real_path(const std::string& path) const {
  return inner_.real_path(path);
}

}  // namespace assay::pipeline
