#include "analyzer/pipeline/cache/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/hash.h"
#include "parsers/core/path.h"

namespace assay::pipeline::cache {
namespace {

constexpr std::string_view kMagic = "ASSAYRC1";
constexpr std::string_view kEnding = ".record";
constexpr size_t kHeader = 24;  // magic, size, checksum
constexpr int64_t kDay = 24 * 60 * 60;

// Directories that lead to `path`, for nobody else's eyes.
bool make_directories(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return false;
    if (slash == std::string::npos) return true;
  }
}

}  // namespace

core::Status Store::check_directory() const {
  struct stat status;
  if (::stat(directory_.c_str(), &status) != 0) return core::error_from_errno(errno, directory_);
  if (!S_ISDIR(status.st_mode)) return core::Error{"foreign", directory_ + " is no directory"};
  if (status.st_uid != ::geteuid()) return core::Error{"foreign", directory_ + " belongs to another user"};
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return core::Error{"foreign", "others can write to " + directory_};
  return core::ok();
}

core::Result<std::string> Store::read(const std::string& key) const {
  std::string path = path_of(key);
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return core::error_from_errno(errno, path);
  if (core::Status checked = check_directory(); !checked) return checked.error();
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return core::Error{"foreign", "others can write to " + path};
  }
  auto bytes = core::RealFileSystem().read_up_to(path, kMaxRecordBytes);
  if (!bytes) return bytes;
  uint64_t size = 0, sum = 0;
  bool whole = bytes->size() >= kHeader && bytes->compare(0, kMagic.size(), kMagic) == 0;
  if (whole) {
    std::memcpy(&size, bytes->data() + 8, sizeof size);
    std::memcpy(&sum, bytes->data() + 16, sizeof sum);
    whole = size == bytes->size() - kHeader && sum == core::hash64(std::string_view(*bytes).substr(kHeader));
  }
  if (!whole) return core::Error{"damaged", path + " is damaged"};
  // What is of use is not old. The time says nothing else, so that it need not be exact.
  if (std::time(nullptr) - status.st_mtime > kDay) ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  bytes->erase(0, kHeader);
  return bytes;
}

core::Status Store::write(const std::string& key, std::string_view record) const {
  if (record.size() > kMaxRecordBytes - kHeader) return core::Error{"file-too-large", "the record is too large to be kept"};
  if (!make_directories(directory_)) return core::error_from_errno(errno, directory_);
  if (core::Status checked = check_directory(); !checked) return checked.error();
  uint64_t size = record.size(), sum = core::hash64(record);
  std::string bytes;
  bytes.reserve(kHeader + record.size());
  bytes += kMagic;
  bytes.append(reinterpret_cast<const char*>(&size), sizeof size);
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  bytes += record;
  std::string path = path_of(key);
  core::Status wrote = core::write_file_atomically(path, bytes);
  if (wrote) ::chmod(path.c_str(), 0600);
  return wrote;
}

void Store::trim() const {
  struct Entry {
    int64_t time;
    uint64_t size;
    std::string path;
  };
  auto listed = core::RealFileSystem().list(directory_);
  if (!listed) return;
  std::vector<Entry> entries;
  uint64_t total = 0;
  int64_t now = std::time(nullptr);
  for (const core::DirEntry& entry : *listed) {
    // Records, and what a process that died left of one.
    size_t at = entry.name.find(kEnding);
    if (entry.kind != core::EntryKind::kFile || at == std::string::npos) continue;
    std::string path = directory_ + "/" + entry.name;
    struct stat status;
    if (::lstat(path.c_str(), &status) != 0) continue;
    bool left_over = at + kEnding.size() != entry.name.size();
    int64_t age = now - status.st_mtime;
    if (age > kMaxRecordDays * kDay || (left_over && age > kDay)) {
      ::unlink(path.c_str());
      continue;
    }
    total += static_cast<uint64_t>(status.st_size);
    entries.push_back({status.st_mtime, static_cast<uint64_t>(status.st_size), std::move(path)});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.time < b.time; });
  for (const Entry& entry : entries) {
    if (total <= max_bytes_) return;
    if (::unlink(entry.path.c_str()) == 0) total -= entry.size;
  }
}

}  // namespace assay::pipeline::cache
