// Lowering a file of manifests as soon as it is read. Manifests stand alone but for templates, which may
// belong to a chart: nothing else of the scan need be known, and the tree need not wait for it. Of thousands
// of files only one tree for each worker is then in memory.
//
// The pipeline calls it from the worker that parsed the file. Ownership: the root keeps views of the text, none
// of the tree. Threads: any, for different files.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/formats/format.h"

namespace assay::formats {

// What kubernetes_format().load() makes of the file; null where it must look at other files.
// REQUIRES: the format has claimed the file.
std::unique_ptr<model::Root> load_lone_manifests(const InputFile& file, std::string_view text);

}  // namespace assay::formats
