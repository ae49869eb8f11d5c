// The commands of the binary. Each returns the exit code; what it prints on stdout is the answer and
// nothing else, the rest goes to stderr.
#pragma once

#include "analyzer/cli/options.h"
#include "analyzer/pipeline/pipeline.h"

namespace assay::cli {

inline constexpr int kClean = 0, kFindings = 1, kUsage = 2, kPartial = 3, kInternal = 101;

int run_scan(const Options& options);
int run_work_list(const Options& options);  // of a scan with --work-list or --shard
int run_merge(const Options& options);
int run_explain(const Options& options);
int run_rules(const Options& options);
int run_test(const Options& options);
int run_debug(const Options& options);
int run_config_show(const Options& options);
int run_config_schema(const Options& options);
int run_init(const Options& options);
int run_lsp(const Options& options);
int run_serve(const Options& options);
int run_export(const Options& options);

// Options of the command line and of the configuration file as the pipeline wants them. False after
// printing what is wrong.
bool make_scan_options(const Options& options, core::FileSystem& files, pipeline::ScanOptions& out,
                       Options& merged);
// The same from a directory of choice (out.current_directory, absolute); what is wrong goes to `errors`.
void gather_scan_options(const Options& options, core::FileSystem& files, pipeline::ScanOptions& out, Options& merged,
                         std::vector<pipeline::UsageError>& errors);
// What --fail-on and --allow-partial make of a finished report.
int exit_code_of(const rules::Report& report, const Options& options);
// YYYY-MM-DD, in UTC.
std::string today();
// Prints usage errors to stderr; true when there are any.
bool print_usage_errors(const std::vector<pipeline::UsageError>& errors);
// Whole writes; a closed pipe ends quietly. False, after saying so, when stdout takes no more (a full disk).
bool print_out(std::string_view text);
void print_error(std::string_view text);

}  // namespace assay::cli
