// assay.yaml: what a team writes down once instead of giving options every time. The closest
// assay.yaml or .assay.yaml at or above the first path counts. Options of the command line win over
// single values and are added to lists. Unknown keys are errors with a suggestion.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"

namespace assay::pipeline {

struct Config {
  std::string path;                       // empty: there is none
  std::vector<std::string> rules, skip_rules, policies, variable_files, parameter_files;
  std::vector<std::pair<std::string, std::string>> variables;
  std::optional<std::string> severity, fail_on, context;
  std::optional<std::string> kubernetes_version, pod_security;
  std::optional<bool> maybe, allow_partial, tf_env;
};

// Paths inside become relative to `current_directory`. Mistakes go to `errors` (exit code 2).
Config read_config(const core::FileSystem& files, const std::string& path, const std::string& current_directory,
                   std::vector<UsageError>& errors);
// The configuration file that counts for `start` (a file or directory); empty when none.
std::string find_config(const core::FileSystem& files, const std::string& start);
// JSON Schema of assay.yaml, made from the same table that reads it.
std::string config_schema();

}  // namespace assay::pipeline
