// The cache: a run that would come to the same result as an earlier one is not made again.
//
// A record holds what a run depended on and its whole report. What it depended on is noted where it was asked for, at
// the file system (recorder.h): texts, listings, links, and that files were not there. So nothing has to be known of why
// somebody read something: configuration, ignore files, policies, variable files, modules, values of functions that read
// files are all alike. What does not come from files is in the key: the arguments, the working directory, the date,
// the environment that is read, and the build.
//
// A text that only the search for secrets read may change, too, as long as it holds none. Where the texts of some files
// changed and nothing else, only those files are analysed, with all that they are tied to (partition.h), and what was
// found elsewhere stays as it was.
//
// A record that holds is replayed: rules are loaded, texts that the report quotes are read again, and writers get the
// report as it was. One that does not is replaced by the run that follows. Whatever is wrong with the cache, the answer
// is that of a run without it.
//
// Called by the command line. Ownership: `disk` must outlive the session. Threads: one, except files().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/pipeline/cache/recorder.h"
#include "analyzer/pipeline/cache/store.h"
#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline::cache {

// Runs over less are quicker than a look at the cache is worth.
inline constexpr size_t kLeastFiles = 200;

class Session {
 public:
  // `key` says everything that is not in files. `always`: also for small runs.
  Session(const core::FileSystem& disk, std::string directory, const std::vector<std::string>& key, bool always);

  // What the run has to read through, from the configuration on.
  core::FileSystem& files() { return recorder_; }
  // The earlier run's scan, without trees and resources, when nothing it depended on has changed; null otherwise.
  // After edits: of the parts that they concern, made anew, and of the earlier run; that is kept, too.
  std::unique_ptr<Scan> find(const ScanOptions& options);
  // Keeps a run of `files()`. Its findings have their fixes.
  void keep(Scan& scan);
  // Why the cache could not be used, for the user; empty: it could, or there is nothing to be said.
  const std::string& note() const { return note_; }

 private:
  std::string record(Scan& scan, std::vector<Answers> answers) const;
  // `without`: texts of these files need not be as they were.
  std::unique_ptr<Scan> replay(ByteReader& in, const ScanOptions& options, const std::vector<bool>& without) const;
  std::unique_ptr<Scan> repeat_in_part(ByteReader& in, std::vector<Answers> answers, const std::vector<size_t>& changed,
                                       const ScanOptions& options);
  void store(const std::string& bytes);

  const core::FileSystem& disk_;
  RecordingFileSystem recorder_;
  Store store_;
  std::string key_;
  bool always_;
  std::string note_;
};

// What tells this build from others: changes with every build.
std::string build_identity();

}  // namespace assay::pipeline::cache
