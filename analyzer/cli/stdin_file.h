// assay scan --stdin-filename NAME: the file system as it would be if what comes in on stdin lay in NAME. Editors and
// hooks analyse a text that is not saved yet; the module around it, and all else, is read from disk.
//
// Called by scan_command.cc. `inner` must outlive it. Threads: as core::FileSystem.
#pragma once

#include <string>

#include "parsers/core/file_system.h"

namespace assay::cli {

class StdinFileSystem : public core::FileSystem {
 public:
  // `path`: absolute and normalised. It, and the directories it lies in, need not exist.
  StdinFileSystem(const core::FileSystem& inner, std::string path, std::string text);

  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override;
  core::Result<core::FileInfo> stat(const std::string& path) const override;
  core::Result<std::string> real_path(const std::string& path) const override;

 private:
  bool is_file(const std::string& path) const;

  const core::FileSystem& inner_;
  const std::string path_, name_, directory_, text_;
};

// All of stdin; more than `limit` bytes are cut one byte behind it, so that the reader sees that it is too large.
core::Result<std::string> read_stdin(size_t limit);

}  // namespace assay::cli
