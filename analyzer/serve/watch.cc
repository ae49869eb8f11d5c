#include "analyzer/serve/watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>

#include "parsers/core/path.h"

namespace assay::serve {

bool Sources::make(const std::function<void(core::FileSystem&)>& maker) {
  pipeline::cache::RecordingFileSystem recorder(disk_);
  maker(recorder);
  answers_ = recorder.answers();
  return !recorder.torn();
}

bool Sources::changed() {
  int64_t now = pipeline::cache::clock_ns();
  bool renewed = false;
  return std::any_of(answers_.begin(), answers_.end(), [&](pipeline::cache::Answers& answers) {
    return pipeline::cache::compare(disk_, now, {}, answers, renewed) != pipeline::cache::Change::kNone;
  });
}

std::vector<std::string> Sources::directories() const {
  std::vector<std::string> out;
  for (const pipeline::cache::Answers& answers : answers_) {
    if (answers.list) out.push_back(answers.path);
    if (!answers.read && !answers.list) continue;
    out.emplace_back(core::parent_path(answers.path));
    // Where a link leads, changes show as well.
    if (auto real = disk_.real_path(answers.path); real && *real != answers.path) out.emplace_back(core::parent_path(*real));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

DirectoryWatch::DirectoryWatch() : descriptor_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

DirectoryWatch::~DirectoryWatch() {
  if (descriptor_ >= 0) close(descriptor_);
}

void DirectoryWatch::watch(const std::vector<std::string>& directories) {
  if (descriptor_ < 0) return;
  std::vector<std::pair<std::string, int>> now;
  for (const std::string& directory : directories) {
    if (now.size() >= kMaxWatches) break;
    int watch = inotify_add_watch(descriptor_, directory.empty() ? "." : directory.c_str(),
                                  IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF);
    if (watch >= 0) now.emplace_back(directory, watch);
  }
  for (const auto& [directory, watch] : watched_) {
    bool kept = std::any_of(now.begin(), now.end(), [id = watch](const auto& one) { return one.second == id; });
    if (!kept) inotify_rm_watch(descriptor_, watch);
  }
  watched_ = std::move(now);
}

bool DirectoryWatch::drain() {
  if (descriptor_ < 0) return false;
  alignas(inotify_event) char buffer[4096];
  bool any = false;
  while (true) {
    ssize_t size = read(descriptor_, buffer, sizeof buffer);
    if (size <= 0) return any;
    for (ssize_t at = 0; at < size;) {
      auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      // Our own leaving of a directory is no news.
      any |= (event->mask & IN_IGNORED) == 0;
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

}  // namespace assay::serve
