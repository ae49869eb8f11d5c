// --fix and --show-fixes of assay scan: what they print and when they write.
#pragma once

#include <string>

#include "analyzer/cli/options.h"
#include "analyzer/pipeline/fix/apply.h"

namespace assay::cli {

struct FixRun {
  bool asked = false;   // --fix or --show-fixes was given
  bool failed = false;  // a file could not be written: exit code 2
  pipeline::FixPlan plan;
};

// Tries the fixes and, with --fix, writes them; says on stderr what was done. False after printing
// usage errors.
bool run_fixes(const Options& options, core::FileSystem& files, const pipeline::ScanOptions& scan,
               FixRun& out);

// The unified diff of --show-fixes; secrets that the report knows of are hidden in it.
std::string fixes_diff(const FixRun& run, const rules::Report& report);

}  // namespace assay::cli
