// A file system that notes what was asked of it and what it answered: what a run depends on. Asked again, later, whether
// every answer would be the same, it says so from sizes, times and inodes where it can (as git's index does), and from
// contents where times are too close to tell.
//
// Contents, failures, listings and links all count: that a file was not there is an answer, too.
// Called by cache.cc. Ownership: `inner` must outlive it. Threads: all const functions, from several threads.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "analyzer/pipeline/cache/bytes.h"
#include "parsers/core/file_system.h"

namespace assay::pipeline::cache {

// What a path looked like. Equal stamps that are not racy mean equal contents.
struct Stamp {
  uint64_t size = 0, inode = 0, device = 0;
  int64_t modified_ns = 0, changed_ns = 0;
  core::EntryKind kind = core::EntryKind::kFile;
  bool exists = false;
  bool racy = false;  // changed so shortly before that a later change may carry the same times
  bool same_as(const Stamp& other) const {
    return exists == other.exists && kind == other.kind && size == other.size && inode == other.inode &&
           device == other.device && modified_ns == other.modified_ns && changed_ns == other.changed_ns;
  }
};

// Answers about one path; those that nobody asked for are not set.
struct Answers {
  std::string path;
  Stamp stamp;           // before the first of them
  bool stat = false;     // only what stat() tells was asked for: kind or absence
  std::string error;     // of stat(): its code
  bool read = false, list = false, real = false;
  bool clean_text = false;  // it was read once, searched for secrets, and held none (cache.cc)
  uint32_t reads = 0;
  uint64_t read_limit = 0;
  uint64_t content = 0, content2 = 0;  // hashes, of the text or of the error's code
  uint64_t listing = 0;  // the same
  std::string real_path;  // or the error's code
};

// How two looks at one path differ.
enum class Change : uint8_t { kNone, kContent, kOther };

class RecordingFileSystem : public core::FileSystem {
 public:
  explicit RecordingFileSystem(const core::FileSystem& inner);
  core::Result<std::string> read_up_to(const std::string& path, size_t limit) const override;
  core::Result<std::vector<core::DirEntry>> list(const std::string& directory) const override;
  core::Result<core::FileInfo> stat(const std::string& path) const override;
  core::Result<std::string> real_path(const std::string& path) const override;

  // Everything asked so far, by path. Not at the same time as other calls.
  std::vector<Answers> answers() const;
  // Did one question get two answers?
  bool torn() const { return torn_; }

 private:
  Answers& at(const std::string& path) const;  // REQUIRES: mutex_ is held
  const core::FileSystem& inner_;
  int64_t started_ns_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Answers> answers_;
  mutable bool torn_ = false;
};

// What `now` would answer differently. An answer whose stamp alone is older (touched, or racy before) is brought up to
// date: then `renewed` is set. So is one whose text differs in a way that `accepts` (may be null) says does not matter.
using Accepts = std::function<bool(const Answers&, std::string_view text)>;
Change compare(const core::FileSystem& now, int64_t now_ns, const Accepts& accepts, Answers& answers, bool& renewed);

// The clock that stamps are compared with: nanoseconds since the epoch.
int64_t clock_ns();

void fields(ByteWriter& archive, Answers& value);
void fields(ByteReader& archive, Answers& value);

}  // namespace assay::pipeline::cache
