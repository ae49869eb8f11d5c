// Where the reports of a scan go: stdout, the files of --output, and the step summary of GitHub Actions. Called by
// run_scan(). One that cannot be written does not keep the others from being written. Threads: the main one.
#pragma once

#include <optional>
#include <string>

#include "analyzer/cli/options.h"
#include "rules/engine/finding.h"

namespace assay::cli {

// A mistake in --format and --output together, such as two reports for one place; "" when there is none.
std::string output_mistake(const Options& options);

// What is wrong with a --category; "" when nothing is.
std::string category_mistake(const std::string& category);

// Writes all reports; `instead` takes the place of the one of --format. Says on stderr what could not be written and what
// the limits of a platform kept out. False when anything could not be written.
bool write_reports(const Options& options, const rules::Report& report, bool color, const std::optional<std::string>& instead);

}  // namespace assay::cli
