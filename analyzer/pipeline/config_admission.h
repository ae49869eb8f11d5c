// `admission:` of assay.yaml: the table of its keys, and how they are read.
//
// Called by config.cc and config_keys.cc. Threads: pure functions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyzer/pipeline/admission_settings.h"
#include "analyzer/pipeline/config_keys.h"
#include "analyzer/pipeline/config_reader.h"

namespace assay::pipeline {

const std::vector<ConfigKey>& admission_keys();
const std::vector<ConfigKey>& mode_keys();      // of one entry of modes
const std::vector<ConfigKey>& selector_keys();  // as in Kubernetes
const std::vector<ConfigKey>& expression_keys();  // of one entry of matchExpressions

// Mistakes are errors of the document. `said`: what is set, and where, for `config show`.
void read_admission(const ConfigDocument& document, const syntax::Node& node, AdmissionSettings& out,
                    std::vector<std::pair<std::string, const syntax::Node*>>& said);

}  // namespace assay::pipeline
