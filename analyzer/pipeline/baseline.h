// Baselines: findings that are known, so that only new ones count. Four forms are read: our own (--write-baseline),
// SARIF and our JSON reports, .checkov.baseline, and the JSON report of gitleaks.
//
// Our own form has one entry a line, sorted, with paths from the root of the repository, so that it reads well in a
// diff. It holds no text of a finding's value: nobody can try out secrets on it. Entries are found again by
// fingerprint; where that changed (another directory, a block that went into a module) by rule, attribute and what
// the resource is like, provided that what the entry speaks of is gone.
// Called by the command line. Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {

struct BaselineEntry {
  std::string rule;                                         // an id, or another tool's
  std::string file;                                         // from the root of the repository; may be empty
  std::string address, attribute, fingerprint, like, type;  // may be empty
  std::string element;  // what the element of a list that the attribute leads through is like; may be empty
  std::string message;
  std::string secret;               // of a gitleaks report: what it found
  uint32_t line = 0, end_line = 0;  // 1-based; 0: not known
  bool maybe = false;               // it was only possible
};

struct Baseline {
  enum class Form : uint8_t { kOwn, kSarif, kCheckov, kGitleaks };
  std::string path;
  Form form = Form::kOwn;
  std::vector<BaselineEntry> entries;
  CheckovBaseline checkov;
};

// Mistakes go to `errors` (exit code 2), with the line.
Baseline read_baseline(const core::FileSystem& files, const std::string& path, std::vector<UsageError>& errors);

// Sets Finding::baseline, adds what is gone to Report::comparison, and notes about entries that are stale: their
// file and their rule were looked at, and they were not found.
void apply_baseline(const Baseline& baseline, const ScanOptions& options, Scan& scan);

// The findings of a scan that are not suppressed, as a baseline.
std::string write_baseline(const Scan& scan);

}  // namespace assay::pipeline
