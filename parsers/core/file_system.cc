#include "parsers/core/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "parsers/core/path.h"

namespace assay::core {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

EntryKind kind_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::kFile;
  if (S_ISDIR(mode)) return EntryKind::kDirectory;
  if (S_ISLNK(mode)) return EntryKind::kSymlink;
  return EntryKind::kOther;
}

Error too_large(const std::string& path, size_t limit) {
  return {"file-too-large", path + " is larger than the limit of " + std::to_string(limit >> 20) +
                                " MiB and was not read"};
}

Error make_error(const std::string& code, const std::string& path) {
  if (code == "not-found") return {code, path + " does not exist"};
  if (code == "permission-denied") return {code, "no permission to read " + path};
  if (code == "is-directory") return {code, path + " is a directory"};
  if (code == "not-a-directory") return {code, path + " is not a directory"};
  if (code == "not-a-file") return {code, path + " is neither a file nor a directory"};
  return {code, "cannot read " + path};
}

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0) {
      if (errno == EINTR) continue;
      return error_from_errno(errno, path);
    }
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return ok();
}

}  // namespace

Error error_from_errno(int error, const std::string& path) {
  switch (error) {
    case ENOENT:
      return make_error("not-found", path);
    case EACCES:
    case EPERM:
      return {"permission-denied", "no permission for " + path};
    case EISDIR:
      return make_error("is-directory", path);
    case ENOTDIR:
      return make_error("not-a-directory", path);
    default:
      return {"io-error", path + ": " + std::strerror(error)};
  }
}

Result<std::string> RealFileSystem::read_up_to(const std::string& path, size_t limit) const {
  // O_NONBLOCK: opening a pipe without a writer must not wait for ever.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return error_from_errno(errno, path);
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return error_from_errno(errno, path);
  if (S_ISDIR(status.st_mode)) return make_error("is-directory", path);
  if (!S_ISREG(status.st_mode)) return make_error("not-a-file", path);
  if (static_cast<uint64_t>(status.st_size) > limit) return too_large(path, limit);
  std::string text;
  size_t size = 0;
  // One byte more than expected, so that the end of the file is seen by the same read.
  text.resize(static_cast<size_t>(status.st_size) + 1);
  for (;;) {
    ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0) {
      if (errno == EINTR) continue;
      return error_from_errno(errno, path);
    }
    size += static_cast<size_t>(got);
    if (size > limit) return too_large(path, limit);
    if (got == 0 || (size < text.size() && size == static_cast<size_t>(status.st_size))) break;
    if (size == text.size()) text.resize(text.size() * 2);  // it grew, or lies in /proc
  }
  text.resize(size);
  return text;
}

Result<std::vector<DirEntry>> RealFileSystem::list(const std::string& directory) const {
  DIR* stream = ::opendir(directory.empty() ? "." : directory.c_str());
  if (stream == nullptr) return error_from_errno(errno, directory);
  std::vector<DirEntry> entries;
  int failed = 0;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    if (entry == nullptr) {
      failed = errno;
      break;
    }
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    EntryKind kind = EntryKind::kOther;
    switch (entry->d_type) {
      case DT_REG:
        kind = EntryKind::kFile;
        break;
      case DT_DIR:
        kind = EntryKind::kDirectory;
        break;
      case DT_LNK:
        kind = EntryKind::kSymlink;
        break;
      case DT_UNKNOWN: {  // some file systems do not say
        struct stat status;
        if (::fstatat(::dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
          kind = kind_of_mode(status.st_mode);
        }
        break;
      }
      default:
        break;
    }
    entries.push_back({std::string(name), kind});
  }
  ::closedir(stream);
  if (failed != 0) return error_from_errno(failed, directory);
  std::sort(entries.begin(), entries.end(),
            [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
  return entries;
}

Result<FileInfo> RealFileSystem::stat(const std::string& path) const {
  struct stat status;
  if (::stat(path.empty() ? "." : path.c_str(), &status) != 0) return error_from_errno(errno, path);
  FileInfo info;
  info.kind = kind_of_mode(status.st_mode);
  info.size = static_cast<uint64_t>(status.st_size);
  info.modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  info.changed_ns = int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
  info.inode = status.st_ino;
  info.device = status.st_dev;
  return info;
}

Result<std::string> RealFileSystem::real_path(const std::string& path) const {
  char* found = ::realpath(path.empty() ? "." : path.c_str(), nullptr);
  if (found == nullptr) return error_from_errno(errno, path);
  std::string out = found;
  std::free(found);
  return out;
}

MemoryFileSystem::MemoryFileSystem(
    std::initializer_list<std::pair<const char*, const char*>> files) {
  for (const auto& [path, text] : files) add_file(path, text);
}

namespace {
std::string absolute(std::string_view path) { return normalize_path(join_path("/", path)); }
}  // namespace

void MemoryFileSystem::add_directory(std::string_view path) {
  std::string at = absolute(path);
  for (; at != "/"; at = std::string(parent_path(at))) {
    nodes_.try_emplace(at, Node{EntryKind::kDirectory, {}});
  }
}

void MemoryFileSystem::add_file(std::string_view path, std::string text) {
  std::string at = absolute(path);
  add_directory(parent_path(at));
  nodes_[at] = {EntryKind::kFile, std::move(text)};
}

void MemoryFileSystem::add_symlink(std::string_view path, std::string target) {
  std::string at = absolute(path);
  add_directory(parent_path(at));
  nodes_[at] = {EntryKind::kSymlink, std::move(target)};
}

void MemoryFileSystem::remove(std::string_view path) { nodes_.erase(absolute(path)); }

std::string MemoryFileSystem::resolve(std::string_view path) const {
  std::string left = absolute(path), done = "/";
  int links = 0;
  while (left.size() > 1) {
    size_t end = left.find('/', 1);
    std::string part = left.substr(1, end == std::string::npos ? end : end - 1);
    left = end == std::string::npos ? "" : left.substr(end);
    auto found = nodes_.find(join_path(done, part));
    if (found == nodes_.end()) return {};
    if (found->second.kind != EntryKind::kSymlink) {
      done = found->first;
      continue;
    }
    if (++links > 40) return {};
    left = absolute(
        join_path(join_path(done, found->second.content), left.empty() ? "" : left.substr(1)));
    done = "/";
  }
  return done;
}

Result<std::string> MemoryFileSystem::read_up_to(const std::string& path, size_t limit) const {
  {
    std::lock_guard lock(mutex_);
    reads_.push_back(path);
  }
  std::string at = resolve(path);
  if (at.empty()) return make_error("not-found", path);
  auto found = nodes_.find(at);
  if (found == nodes_.end() || found->second.kind == EntryKind::kDirectory) {
    return make_error("is-directory", path);
  }
  if (found->second.content.size() > limit) return too_large(path, limit);
  return found->second.content;
}

Result<std::vector<DirEntry>> MemoryFileSystem::list(const std::string& directory) const {
  {
    std::lock_guard lock(mutex_);
    lists_.push_back(directory);
  }
  std::string at = resolve(directory);
  if (at.empty()) return make_error("not-found", directory);
  auto own = nodes_.find(at);
  if (own != nodes_.end() && own->second.kind != EntryKind::kDirectory) {
    return make_error("not-a-directory", directory);
  }
  if (at != "/") at += '/';
  std::vector<DirEntry> entries;
  for (auto it = nodes_.upper_bound(at); it != nodes_.end() && it->first.starts_with(at); ++it) {
    std::string name = it->first.substr(at.size());
    if (name.find('/') == std::string::npos) entries.push_back({std::move(name), it->second.kind});
  }
  return entries;
}

Result<FileInfo> MemoryFileSystem::stat(const std::string& path) const {
  std::string at = resolve(path);
  if (at.empty()) return make_error("not-found", path);
  if (at == "/") return FileInfo{EntryKind::kDirectory, 0, 0};
  const Node& node = nodes_.at(at);
  return FileInfo{node.kind, node.content.size(), 0};
}

Result<std::string> MemoryFileSystem::real_path(const std::string& path) const {
  std::string at = resolve(path);
  if (at.empty()) return make_error("not-found", path);
  return at;
}

std::vector<std::string> MemoryFileSystem::files_read() const {
  std::lock_guard lock(mutex_);
  return reads_;
}

std::vector<std::string> MemoryFileSystem::directories_listed() const {
  std::lock_guard lock(mutex_);
  return lists_;
}

void MemoryFileSystem::forget_records() {
  std::lock_guard lock(mutex_);
  reads_.clear();
  lists_.clear();
}

void FaultyFileSystem::fail_at(std::string path, std::string code) {
  faults_[std::move(path)] = std::move(code);
}

Error FaultyFileSystem::fault(const std::string& path) const {
  if (left_.fetch_sub(1) <= 0) return make_error("io-error", path);
  auto found = faults_.find(path);
  return found == faults_.end() ? Error{} : make_error(found->second, path);
}

Result<std::string> FaultyFileSystem::read_up_to(const std::string& path, size_t limit) const {
  if (Error error = fault(path); !error.code.empty()) return error;
  return inner_.read_up_to(path, limit);
}

Result<std::vector<DirEntry>> FaultyFileSystem::list(const std::string& directory) const {
  if (Error error = fault(directory); !error.code.empty()) return error;
  return inner_.list(directory);
}

Result<FileInfo> FaultyFileSystem::stat(const std::string& path) const {
  if (Error error = fault(path); !error.code.empty()) return error;
  return inner_.stat(path);
}

Result<std::string> FaultyFileSystem::real_path(const std::string& path) const {
  if (Error error = fault(path); !error.code.empty()) return error;
  return inner_.real_path(path);
}

Status write_file_atomically(const std::string& path, std::string_view bytes) {
  struct stat status;
  bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return make_error("is-directory", path);
  if (exists && !S_ISREG(status.st_mode)) {
    Descriptor device(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (device.get() < 0) return error_from_errno(errno, path);
    return write_all(device.get(), bytes, path);
  }
  std::string target = path;
  if (exists) {
    auto real = RealFileSystem().real_path(path);
    if (!real) return real.error();
    target = *real;
  }
  std::string temporary = target + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return error_from_errno(errno, path);
  mode_t mode = status.st_mode & 07777;
  if (!exists) {
    mode_t mask = ::umask(0);
    ::umask(mask);
    mode = 0666 & ~mask;
  }
  Status wrote = write_all(file.get(), bytes, path);
  if (wrote && ::fchmod(file.get(), mode) != 0) wrote = error_from_errno(errno, path);
  // Errors of delayed writes come with close().
  if (::close(file.release()) != 0 && wrote) wrote = error_from_errno(errno, path);
  if (wrote && ::rename(temporary.c_str(), target.c_str()) != 0) {
    wrote = error_from_errno(errno, path);
  }
  if (!wrote) ::unlink(temporary.c_str());
  return wrote;
}

Status check_writable(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return error_from_errno(errno, path);
  if (S_ISDIR(status.st_mode)) return make_error("is-directory", path);
  if ((status.st_mode & 0222) == 0) return error_from_errno(EACCES, path);
  if (::access(path.c_str(), W_OK) != 0) return error_from_errno(errno, path);
  auto real = RealFileSystem().real_path(path);
  if (!real) return real.error();
  std::string directory = real->substr(0, std::max<size_t>(real->rfind('/'), 1));
  if (::access(directory.c_str(), W_OK) != 0) return error_from_errno(errno, path);
  return ok();
}

}  // namespace assay::core
