// The engine: from a snapshot of the workspace to findings. The server knows this interface only.
//
// An area is scanned whole at first. After an edit of files that it consists of, only those are analysed again, with all
// that they are tied to (pipeline/partition.h): their scan lies as a layer over the earlier ones, whose findings in those
// files no longer count. Areas without a change keep their analysis; whatever else changes makes a scan of everything.
//
// Ownership: an Analysis is immutable and shared. Threads: analyse() is called by one thread at a time, not always the
// same one.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/lsp/documents.h"
#include "analyzer/lsp/lsp.h"
#include "analyzer/pipeline/pipeline.h"

namespace assay::lsp {

struct Snapshot {
  uint64_t revision = 0;
  uint64_t disk_revision = 0;  // changes when files on disk, configuration or areas may have changed
  std::shared_ptr<const Documents> documents;
  std::vector<Area> areas;
  ClientSettings settings;
};

// One layer of an area's analysis. Its fingerprints tell findings of one document apart; the number in them, of findings
// that are otherwise alike, is counted in this layer alone. With a baseline, which knows them, there is one layer only.
struct AreaAnalysis {
  Area area;
  std::shared_ptr<const pipeline::Scan> scan;  // null: nothing could be scanned
  std::vector<pipeline::UsageError> errors;    // of the configuration; the scan was made without what is wrong
  std::vector<bool> stale;  // by file of the scan: a later layer has it; may be shorter
  bool holds(core::FileId file) const { return file >= stale.size() || !stale[file]; }
};

struct Analysis {
  uint64_t revision = 0;
  std::shared_ptr<const Documents> documents;
  std::vector<std::shared_ptr<const AreaAnalysis>> areas;  // the layers of one area follow each other, the latest first
  double milliseconds = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  // Null when `cancelled` became true on the way.
  virtual std::shared_ptr<const Analysis> analyse(const Snapshot& snapshot, const std::atomic<bool>& cancelled) = 0;
};

std::unique_ptr<Engine> make_scan_engine(const Setup& setup);

// Where a file stands in an analysis. The file may be part of several areas: the first that read it.
struct FilePlace {
  const AreaAnalysis* area = nullptr;
  core::FileId file = core::kNoFile;
  const pipeline::Scan& scan() const { return *area->scan; }
};
FilePlace find_file(const Analysis& analysis, const std::string& path);
// Absolute, of a file of the scan; of what lies inside another file (a plan), that one's.
std::string absolute_path(const pipeline::Scan& scan, core::FileId file);

}  // namespace assay::lsp
