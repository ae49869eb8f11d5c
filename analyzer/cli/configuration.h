// All configuration that counts for a scan: assay.yaml with what it extends, and the files of other
// tools.
//
// scan_options.cc merges it with the command line; config_command.cc shows it. Threads: pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "analyzer/cli/options.h"
#include "analyzer/pipeline/checkov_config.h"
#include "analyzer/pipeline/config.h"

namespace assay::cli {

struct Configuration {
  pipeline::Config config;  // config.path is empty when there is no assay.yaml
  pipeline::CheckovConfig checkov;
  std::vector<pipeline::ConfigItem> imported;  // what other tools' files add, for `config show`
};

Configuration load_configuration(const Options& given, const core::FileSystem& files,
                                 const std::string& current_directory,
                                 std::vector<pipeline::UsageError>& errors);

}  // namespace assay::cli
