// A directory of its own for one test, removed afterwards.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "parsers/core/file_system.h"
#include "parsers/core/path.h"

namespace assay::core {

class TempDir {
 public:
  TempDir() {
    const char* base = std::getenv("TMPDIR");
    std::string name = std::string(base != nullptr ? base : "/tmp") + "/assay-test-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = *RealFileSystem().real_path(name);
  }
  ~TempDir() { remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return join_path(path_, name); }

  void directory(std::string_view name) const {
    std::string full = *this / name;
    for (size_t at = path_.size() + 1; at != std::string::npos;) {
      at = full.find('/', at + 1);
      ::mkdir(full.substr(0, at).c_str(), 0777);
    }
  }
  void file(std::string_view name, std::string_view text) const {
    directory(parent_path(name));
    EXPECT_TRUE(write_file_atomically(*this / name, text).has_value()) << name;
  }

 private:
  static void remove_all(const std::string& path) {
    RealFileSystem files;
    ::chmod(path.c_str(), 0700);
    auto entries = files.list(path);
    if (entries) {
      for (const DirEntry& entry : *entries) {
        std::string child = join_path(path, entry.name);
        if (entry.kind == EntryKind::kDirectory) {
          remove_all(child);
        } else {
          ::unlink(child.c_str());
        }
      }
    }
    ::rmdir(path.c_str());
  }
  std::string path_;
};

}  // namespace assay::core
