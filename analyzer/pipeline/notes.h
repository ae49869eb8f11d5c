// What a scan notes on its way to be divided into parts (partition.h): what its files, roots and resources ask of each
// other and have for each other.
//
// Called by pipeline.cc. Threads: one, except where the evaluator and the linker fill their own lists.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analyzer/pipeline/context.h"
#include "analyzer/pipeline/partition.h"
#include "parsers/formats/format.h"
#include "parsers/model/resource.h"
#include "rules/engine/evaluator.h"

namespace assay::pipeline {

struct Scan;

// Does a summary count it among the resources?
bool is_counted(const model::Resource& resource);

class ScanNotes {
 public:
  explicit ScanNotes(size_t files) : of_files(files) {}

  // A root before it is added to the project, in the order of the project. `planned`: values of a plan stand in it.
  void add_root(const model::Root& root, model::Ties asks, bool planned);
  // Null where something lies outside every part. `passed_over`: rows at the end of the coverage that are of no file.
  std::unique_ptr<Partition> partition(const Scan& scan, const std::vector<FilesOfRoot>& files_of_roots, std::string base,
                                       std::string boundary, size_t passed_over);

  std::vector<formats::FileTies> of_files;       // by id: from being grouped into roots
  std::vector<model::Ties> links;                // by resource: from being linked
  rules::EvaluationNotes evaluation, suppressions;

 private:
  std::vector<model::Ties> roots_;  // what they ask
  bool planned_ = false;
};

}  // namespace assay::pipeline
