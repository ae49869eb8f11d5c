// Lowering a file of manifests as soon as it is read. Manifests stand alone but for templates, which may
// belong to a chart: nothing else of the scan need be known, and the tree need not wait for it. Of thousands
// of files only one tree for each worker is then in memory.
//
// The pipeline calls it from the worker that parsed the file, the webhook for the object at the door. Ownership: the root
// keeps views of the text, none of the tree. Threads: any, for different files.
#pragma once

#include <memory>
#include <string_view>

#include "parsers/formats/format.h"

namespace assay::formats {

// What kubernetes_format().load() makes of the file; null where it must look at other files.
// REQUIRES: the format has claimed the file.
std::unique_ptr<model::Root> load_lone_manifests(const InputFile& file, std::string_view text);

// An object that was read elsewhere (out of an AdmissionReview), as the resource that its manifest would be; null when it
// has no kind or no apiVersion. It must live as long as the root. Its kind is a stranger's word: only kinds that rules
// name are seen as such.
const model::Resource* add_object(const model::Value& object, model::Root& root);

}  // namespace assay::formats
