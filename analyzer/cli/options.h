// The command line as data. options.cc is the one file that knows CLI11; one table of options drives
// parsing, help, completions and suggestions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyzer/pipeline/checkov_config.h"
#include "analyzer/pipeline/settings.h"

namespace assay::cli {

enum class Command : uint8_t {
  kScan, kExplain, kRules, kTest, kDebugTree, kDebugModel, kDebugGraph, kDebugExpr, kMerge, kConfigShow, kConfigSchema, kInit, kLsp, kServe, kExportVap,
  kCompletions, kVersion, kHelp
};

enum class Color : uint8_t { kAuto, kAlways, kNever };

// Of `assay serve`. Texts that are empty were not given.
struct ServeOptions {
  std::string listen = ":8443", certificate, key, enforce_at, warn_at, on_failure, log_level = "info", tls_min = "1.2";
  std::vector<std::string> client_authorities, client_names;
  unsigned threads = 0;  // 0: by processors
  uint64_t max_connections = 0, queue = 0, max_body = 0;  // 0: as usual
  double shutdown_delay = 0, shutdown_grace = 20, look_again = 10;  // seconds
};

struct Options {
  Command command = Command::kHelp;
  std::vector<std::string> paths;      // scan, test, debug; the RULE of explain; the SHELL of completions
  std::string format;                  // --format; empty: text
  std::string export_action = "Deny", export_file;  // assay export vap; no file: stdout
  std::vector<std::pair<std::string, std::string>> outputs;  // --output FORMAT=FILE; "-" is stdout
  std::string category;                // --category: of SARIF; empty: not given
  std::vector<std::string> rules, skip_rules, policies, frameworks;
  std::string severity, fail_on;       // empty: not given
  bool maybe = false;
  std::string kubernetes_version;      // --kubernetes-version; empty: not given
  std::vector<std::pair<std::string, std::string>> variables;
  std::vector<std::string> variable_files, parameter_files;
  std::vector<size_t> variables_before_file;  // by variable file: how many of `variables` stand in front of it
  bool tf_env = false;
  std::string fix, show_fixes;         // "", "safe" or "unsafe"
  std::string context_file, config_file, trace_file, expression, directory;
  std::string stdin_name;              // --stdin-filename: stdin is the text of this file
  std::string diff;                    // --diff: a ref, or two
  std::string baseline, write_baseline;  // files
  bool staged = false;
  std::string work_list, shard;        // --work-list: a file of paths, or "-"; --shard: "3/8"
  std::string cache_directory;         // --cache-dir; empty: the user's
  bool no_cache = false;
  std::vector<std::string> arguments;  // as given, without the program
  unsigned jobs = 0;                   // 0: all processors
  pipeline::FailureGate gate;          // of a .checkov.yaml
  pipeline::CountGate counts;          // thresholds of assay.yaml
  std::vector<std::string> excludes;   // --exclude
  std::string today;                   // --today: YYYY-MM-DD; empty: by the clock
  bool no_config = false, require_reason = false, force = false;
  bool synchronous = false, stdio = false;  // of lsp
  ServeOptions serve;
  bool stats = false, quiet = false, allow_partial = false;
  Color color = Color::kAuto;
};

struct ParsedOptions {
  Options options;
  std::string error;   // not empty: wrong usage, exit code 2
  std::string output;  // help or version text, to be printed; exit code 0
};

ParsedOptions parse_options(int argc, const char* const* argv);

// Shell script for bash, zsh or fish; empty for another shell.
std::string completions(const std::string& shell);

}  // namespace assay::cli
