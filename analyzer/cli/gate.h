// The gate of a scan: --staged, --diff, --baseline and --write-baseline. It says which files are scanned, and
// compares what was found with what was there before.
//
// Called by scan_command.cc. `disk` must outlive it. Threads: one.
#pragma once

#include <memory>
#include <vector>

#include "analyzer/cli/options.h"
#include "analyzer/pipeline/baseline.h"
#include "analyzer/pipeline/git/revision.h"

namespace assay::cli {

class Gate {
 public:
  Gate(const Options& options, core::FileSystem& disk) : options_(options), disk_(disk) {}

  // False after printing what is wrong. `scan` gets the paths that --staged means.
  bool open(pipeline::ScanOptions& scan);
  // What is scanned.
  core::FileSystem& files() const { return revisions_ ? revisions_->after() : disk_; }
  // Behind the scan: compares, and writes the baseline. False after printing what is wrong.
  bool compare(const pipeline::ScanOptions& options, pipeline::Scan& scan);
  bool write(pipeline::Scan& scan) const;

 private:
  const Options& options_;
  core::FileSystem& disk_;
  std::unique_ptr<pipeline::Revisions> revisions_;
  std::vector<pipeline::Baseline> baselines_;
};

}  // namespace assay::cli
