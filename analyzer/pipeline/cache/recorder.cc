#include "analyzer/pipeline/cache/recorder.h"

#include <algorithm>
#include <chrono>

#include "parsers/core/hash.h"

namespace assay::pipeline::cache {
namespace {

// File systems tell times as coarsely as this: what changed later than that before a look may change again unseen.
constexpr int64_t kCoarsestClock = 2'000'000'000;
constexpr uint64_t kSecondSeed = 0x517cc1b727220a95ull;

Stamp stamp_of(const core::Result<core::FileInfo>& info, int64_t now_ns) {
  Stamp out;
  if (!info) return out;
  out.exists = true;
  out.kind = info->kind;
  out.inode = info->inode;
  out.device = info->device;
  out.size = info->size;
  out.modified_ns = info->modified_ns;
  out.changed_ns = info->changed_ns;
  // Without times nothing can be told; times ahead of the clock say nothing either.
  out.racy = info->inode == 0 || std::max(info->modified_ns, info->changed_ns) > now_ns - kCoarsestClock;
  return out;
}

uint64_t hash_of(const core::Result<std::vector<core::DirEntry>>& entries) {
  core::Hasher hasher;
  if (!entries) return hasher.add(entries.error().code).finish();
  hasher.add(entries->size());
  for (const core::DirEntry& entry : *entries) hasher.add(entry.name).add(static_cast<uint64_t>(entry.kind));
  return hasher.finish();
}

void set_content(const core::Result<std::string>& text, Answers& out) {
  std::string_view bytes = text ? std::string_view(*text) : std::string_view(text.error().code);
  uint64_t seed = text ? 1 : 0;
  out.content = core::hash64(bytes, seed);
  out.content2 = core::hash64(bytes, seed + kSecondSeed);
}

std::string told(const core::Result<std::string>& path) { return path ? *path : "!" + path.error().code; }

template <typename Archive>
void answer_fields(Archive& archive, Answers& value) {
  auto& [path, stamp, stat, error, read, list, real, clean_text, reads, read_limit, content, content2, listing, real_path] = value;
  auto& [size, inode, device, modified_ns, changed_ns, kind, exists, racy] = stamp;
  all_fields(archive, path, size, inode, device, modified_ns, changed_ns, kind, exists, racy, stat, error, read, list, real,
             clean_text, reads, read_limit, content, content2, listing, real_path);
}

}  // namespace

int64_t clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void fields(ByteWriter& archive, Answers& value) { answer_fields(archive, value); }
void fields(ByteReader& archive, Answers& value) { answer_fields(archive, value); }

RecordingFileSystem::RecordingFileSystem(const core::FileSystem& inner) : inner_(inner), started_ns_(clock_ns()) {}

Answers& RecordingFileSystem::at(const std::string& path) const {
  auto [found, is_new] = answers_.try_emplace(path);
  if (is_new) found->second.path = path;
  return found->second;
}

core::Result<std::string> RecordingFileSystem::read_up_to(const std::string& path, size_t limit) const {
  // The stamp is older than the text: a change in between is seen as one later.
  auto info = inner_.stat(path);
  auto text = inner_.read_up_to(path, limit);
  std::lock_guard lock(mutex_);
  Answers& answers = at(path);
  ++answers.reads;
  if (!answers.read) {
    bool first = !answers.stat && !answers.list;
    if (first) {
      answers.stamp = stamp_of(info, started_ns_);
      if (!info) answers.error = info.error().code;
    }
    answers.read = true;
    answers.read_limit = limit;
    set_content(text, answers);
  } else {
    Answers again;
    set_content(text, again);
    // Two answers to one question: nothing can be said of this run later.
    if (again.content != answers.content || again.content2 != answers.content2) torn_ = true;
    answers.read_limit = std::max<uint64_t>(answers.read_limit, limit);  // the same text within both
  }
  return text;
}

core::Result<std::vector<core::DirEntry>> RecordingFileSystem::list(const std::string& directory) const {
  auto info = inner_.stat(directory);
  auto entries = inner_.list(directory);
  std::lock_guard lock(mutex_);
  Answers& answers = at(directory);
  if (!answers.list) {
    if (!answers.stat && !answers.read) {
      answers.stamp = stamp_of(info, started_ns_);
      if (!info) answers.error = info.error().code;
    }
    answers.list = true;
    answers.listing = hash_of(entries);
  } else if (answers.listing != hash_of(entries)) {
    torn_ = true;
  }
  return entries;
}

core::Result<core::FileInfo> RecordingFileSystem::stat(const std::string& path) const {
  auto info = inner_.stat(path);
  std::lock_guard lock(mutex_);
  Answers& answers = at(path);
  if (!answers.stat) {
    if (!answers.read && !answers.list) {
      answers.stamp = stamp_of(info, started_ns_);
      if (!info) answers.error = info.error().code;
    }
    answers.stat = true;
  }
  return info;
}

core::Result<std::string> RecordingFileSystem::real_path(const std::string& path) const {
  auto real = inner_.real_path(path);
  std::lock_guard lock(mutex_);
  Answers& answers = at(path);
  answers.real = true;
  answers.real_path = told(real);
  return real;
}

std::vector<Answers> RecordingFileSystem::answers() const {
  std::vector<Answers> out;
  out.reserve(answers_.size());
  for (const auto& [path, answers] : answers_) out.push_back(answers);
  return out;
}

Change compare(const core::FileSystem& now, int64_t now_ns, const Accepts& accepts, Answers& answers, bool& renewed) {
  if (answers.real && told(now.real_path(answers.path)) != answers.real_path) return Change::kOther;
  if (!answers.stat && !answers.read && !answers.list) return Change::kNone;
  auto info = now.stat(answers.path);
  Stamp stamp = stamp_of(info, now_ns);
  bool same = stamp.same_as(answers.stamp);
  std::string error = info ? std::string() : info.error().code;
  if (error != answers.error) return Change::kOther;
  if (!stamp.exists || (same && !answers.stamp.racy)) return Change::kNone;
  if (stamp.kind != answers.stamp.kind) return Change::kOther;
  if (answers.list && hash_of(now.list(answers.path)) != answers.listing) return Change::kOther;
  if (answers.read) {
    Answers again;
    auto text = now.read_up_to(answers.path, answers.read_limit);
    set_content(text, again);
    if (again.content != answers.content || again.content2 != answers.content2) {
      if (!text || !accepts || !accepts(answers, *text)) return Change::kContent;
      answers.content = again.content;
      answers.content2 = again.content2;
    }
  }
  renewed = renewed || !same || !stamp.racy;
  answers.stamp = stamp;
  return Change::kNone;
}

}  // namespace assay::pipeline::cache
