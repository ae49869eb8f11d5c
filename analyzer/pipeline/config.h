// assay.yaml: what a team writes down once instead of giving options every time. The closest
// assay.yaml or .assay.yaml at or above all paths counts, with the files that it extends.
// Options of the command line win over single values and are added to lists. Unknown keys are
// errors with a suggestion.
//
// One table (config_keys.h) drives reading, the JSON Schema, the reference in docs/configuration.md
// and `config show`. Called by the command line. Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "analyzer/pipeline/settings.h"
#include "parsers/core/file_system.h"

namespace assay::pipeline {

// One value as it was written, for `config show`.
struct ConfigItem {
  std::string key;  // of the table
  std::string text;
  Place place;
};

struct Config {
  std::string path;  // empty: there is none
  std::vector<std::string> rules, skip_rules, policies, variable_files, parameter_files, frameworks;
  std::vector<std::pair<std::string, std::string>> variables;
  std::optional<std::string> severity, fail_on, context, baseline;
  std::optional<std::string> kubernetes_version, pod_security;
  std::optional<bool> maybe, allow_partial, tf_env, require_reason, cache, import;
  CountGate counts;  // thresholds
  Settings settings;
  std::vector<ConfigItem> items;  // in the order of reading, what was overridden left out
};

// Paths inside become relative to `current_directory`. Mistakes go to `errors` (exit code 2).
Config read_config(const core::FileSystem& files, const std::string& path,
                   const std::string& current_directory, std::vector<UsageError>& errors);
// The configuration file that counts for `start` (a file or directory); empty when none.
std::string find_config(const core::FileSystem& files, const std::string& start);
// JSON Schema of assay.yaml (draft 2020-12).
std::string config_schema();
// Markdown table of all keys.
std::string config_reference();

}  // namespace assay::pipeline
