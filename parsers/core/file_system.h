// The file system as Assay sees it: a small interface, the real one, an in-memory twin that records
// what was asked of it, and a twin that fails on request. Everything that reads files takes a
// FileSystem, so that tests need no disk and can prove what was and was not read.
//
// Paths are absolute or relative to the working directory, with forward slashes.
// Errors: "not-found", "permission-denied", "is-directory", "not-a-directory", "not-a-file" (pipes,
// devices), "file-too-large", "io-error"; messages name the path.
// Threads: all const functions may be called at once from several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/limits.h"
#include "parsers/core/result.h"

namespace assay::core {

enum class EntryKind : uint8_t { kFile, kDirectory, kSymlink, kOther };

struct DirEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;  // of the entry itself: a symbolic link is kSymlink
};

struct FileInfo {
  EntryKind kind = EntryKind::kFile;  // of what a symbolic link leads to
  uint64_t size = 0;                  // bytes
  int64_t modified_ns = 0;            // since the epoch
  int64_t changed_ns = 0;             // the same, of the inode; 0 where the file system has none
  uint64_t inode = 0, device = 0;     // 0 where the file system has none
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // The whole file; more than `limit` bytes is "file-too-large".
  virtual Result<std::string> read_up_to(const std::string& path, size_t limit) const = 0;
  Result<std::string> read(const std::string& path) const {
    return read_up_to(path, kMaxFileBytes);
  }
  // In byte order of names, without "." and "..".
  virtual Result<std::vector<DirEntry>> list(const std::string& directory) const = 0;
  // Follows symbolic links.
  virtual Result<FileInfo> stat(const std::string& path) const = 0;
  // Absolute, without symbolic links.
  virtual Result<std::string> real_path(const std::string& path) const = 0;
  bool exists(const std::string& path) const { return stat(path).has_value(); }
  bool is_directory(const std::string& path) const {
    auto info = stat(path);
    return info && info->kind == EntryKind::kDirectory;
  }
};

class RealFileSystem : public FileSystem {
 public:
  Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  Result<std::vector<DirEntry>> list(const std::string& directory) const override;
  Result<FileInfo> stat(const std::string& path) const override;
  Result<std::string> real_path(const std::string& path) const override;
};

// Directories exist when something lies in them. Relative paths start at "/", so "a" and "/a" are
// the same file.
class MemoryFileSystem : public FileSystem {
 public:
  MemoryFileSystem() = default;
  MemoryFileSystem(std::initializer_list<std::pair<const char*, const char*>> files);
  void add_file(std::string_view path, std::string text);
  void add_directory(std::string_view path);
  // `target` is read from the link's directory, as on disk.
  void add_symlink(std::string_view path, std::string target);
  void remove(std::string_view path);

  Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  Result<std::vector<DirEntry>> list(const std::string& directory) const override;
  Result<FileInfo> stat(const std::string& path) const override;
  Result<std::string> real_path(const std::string& path) const override;

  // What was asked for so far, in order, as the caller wrote it, failures included.
  std::vector<std::string> files_read() const;
  std::vector<std::string> directories_listed() const;
  void forget_records();

 private:
  struct Node {
    EntryKind kind = EntryKind::kFile;
    std::string content;  // of a file; the target of a link
  };
  // Follows links; empty when there is nothing or too many links.
  std::string resolve(std::string_view path) const;
  std::map<std::string, Node> nodes_;  // by normalised absolute path; "/" is always there
  mutable std::mutex mutex_;
  mutable std::vector<std::string> reads_, lists_;
};

// Fails where told, and forwards the rest to `inner`, which must outlive it.
class FaultyFileSystem : public FileSystem {
 public:
  explicit FaultyFileSystem(const FileSystem& inner) : inner_(inner) {}
  // Every operation on exactly this path fails with `code`.
  void fail_at(std::string path, std::string code);
  // The first `count` operations succeed; all later ones fail with "io-error".
  void fail_after(uint64_t count) { left_ = static_cast<int64_t>(count); }

  Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  Result<std::vector<DirEntry>> list(const std::string& directory) const override;
  Result<FileInfo> stat(const std::string& path) const override;
  Result<std::string> real_path(const std::string& path) const override;

 private:
  // The error to give, if any; its code is empty when the operation may go on.
  Error fault(const std::string& path) const;
  const FileSystem& inner_;
  std::map<std::string, std::string> faults_;
  mutable std::atomic<int64_t> left_{INT64_MAX};
};

// Replaces the file in one step: readers see the old bytes or the new ones, never half. Keeps the
// permissions of an existing file, follows a symbolic link, and writes straight into pipes and
// devices (/dev/stdout).
Status write_file_atomically(const std::string& path, std::string_view bytes);

// May the bytes of an existing file be replaced? "permission-denied" when its permissions or its directory's say no,
// also to a superuser: a file that is read-only for everybody is so on purpose.
Status check_writable(const std::string& path);

// "not-found", ... for an errno value, with a message that names the path.
Error error_from_errno(int error, const std::string& path);

}  // namespace assay::core
