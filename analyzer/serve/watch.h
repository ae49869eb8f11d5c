// Files that something was made of, and whether it would be made otherwise today. Kubernetes changes what it mounts by
// swapping a link beside the files; others write in place: both are told by the directories, through inotify, and looked at
// again from time to time, since not every file system tells.
//
// Called by serve.cc. Ownership: the file system must outlive both. Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analyzer/pipeline/cache/recorder.h"
#include "parsers/core/file_system.h"

namespace assay::serve {

// What one thing was made of.
class Sources {
 public:
  explicit Sources(const core::FileSystem& disk) : disk_(disk) {}
  // Makes it, with a file system that notes what is read. False when files changed meanwhile: it must be made again.
  bool make(const std::function<void(core::FileSystem&)>& maker);
  // Would something that was read be read differently now?
  bool changed();
  // Directories in which changes would show.
  std::vector<std::string> directories() const;

 private:
  const core::FileSystem& disk_;
  std::vector<pipeline::cache::Answers> answers_;
};

// Tells that something happened in some directories. Without inotify nothing is ever told.
class DirectoryWatch {
 public:
  DirectoryWatch();
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  int descriptor() const { return descriptor_; }  // to be polled; -1: there is none
  void watch(const std::vector<std::string>& directories);  // these and no others
  bool drain();  // did anything happen since?

 private:
  static constexpr size_t kMaxWatches = 2000;
  int descriptor_ = -1;
  std::vector<std::pair<std::string, int>> watched_;  // sorted
};

}  // namespace assay::serve
