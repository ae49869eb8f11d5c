// Configuration of other tools, read as it is: .trivyignore, .trivyignore.yaml, .kube-linter.yaml,
// .tfsec/config.yml.
// (.checkov.yaml: checkov_config.h.) What has a counterpart becomes settings, through aliases of
// rules; what has none becomes a note. Mistakes in these files are notes as well: they are another
// tool's.
//
// Called by the command line. Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "analyzer/pipeline/config.h"
#include "parsers/core/file_system.h"

namespace assay::pipeline {

// The files in the first of the directories (absolute) that has one, per tool. Adds to `settings`
// and `items`.
void read_peer_settings(const core::FileSystem& files, const std::vector<std::string>& directories,
                        Settings& settings, std::vector<ConfigItem>& items);

// Names of the files that are looked for, relative to a directory; .checkov.yaml among them.
const std::vector<std::string_view>& peer_config_names();

}  // namespace assay::pipeline
