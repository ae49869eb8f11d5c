#include "analyzer/cli/stdin_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "parsers/core/path.h"

namespace assay::cli {

StdinFileSystem::StdinFileSystem(const core::FileSystem& inner, std::string path, std::string text)
    : inner_(inner),
      path_(std::move(path)),
      name_(core::base_name(path_)),
      directory_(core::parent_path(path_)),
      text_(std::move(text)) {}

bool StdinFileSystem::is_file(const std::string& path) const {
  if (!std::string_view(path).ends_with(name_)) return false;
  return path == path_ || core::normalize_path(path) == path_;
}

core::Result<std::string> StdinFileSystem::read_up_to(const std::string& path, size_t limit) const {
  if (!is_file(path)) return inner_.read_up_to(path, limit);
  if (text_.size() > limit) {
    return core::Error{"file-too-large", "'" + path + "' is larger than " + std::to_string(limit) + " bytes"};
  }
  return text_;
}

core::Result<std::vector<core::DirEntry>> StdinFileSystem::list(const std::string& directory) const {
  auto entries = inner_.list(directory);
  std::string wanted = core::normalize_path(directory);
  bool below = core::is_within(path_, wanted) && path_ != wanted;
  if (!below || (!entries && entries.error().code != "not-found")) return entries;
  // The file, or the directory that leads to it.
  std::string rest = core::relative_path(path_, wanted);
  size_t slash = rest.find('/');
  core::DirEntry entry{rest.substr(0, slash), slash == std::string::npos ? core::EntryKind::kFile : core::EntryKind::kDirectory};
  std::vector<core::DirEntry> out;
  if (entries) out = std::move(*entries);
  auto at = std::lower_bound(out.begin(), out.end(), entry.name,
                             [](const core::DirEntry& a, const std::string& name) { return a.name < name; });
  if (at == out.end() || at->name != entry.name) out.insert(at, std::move(entry));
  else if (slash == std::string::npos) at->kind = core::EntryKind::kFile;
  return out;
}

core::Result<core::FileInfo> StdinFileSystem::stat(const std::string& path) const {
  if (is_file(path)) return core::FileInfo{core::EntryKind::kFile, text_.size(), 0};
  auto info = inner_.stat(path);
  if (!info && info.error().code == "not-found" && core::is_within(directory_, core::normalize_path(path))) {
    return core::FileInfo{core::EntryKind::kDirectory, 0, 0};
  }
  return info;
}

core::Result<std::string> StdinFileSystem::real_path(const std::string& path) const {
  auto real = inner_.real_path(path);
  if (!real && (is_file(path) || core::is_within(directory_, core::normalize_path(path)))) {
    return core::normalize_path(path);
  }
  return real;
}

core::Result<std::string> read_stdin(size_t limit) {
  std::string text;
  char buffer[1 << 16];
  while (text.size() <= limit) {
    ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return core::error_from_errno(errno, "stdin");
    if (got == 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  if (text.size() > limit) text.resize(limit + 1);
  return text;
}

}  // namespace assay::cli
