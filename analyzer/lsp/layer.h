// What is derived from one layer of an analysis, once, however many edits and questions follow: what has to be hidden in
// texts, and which resources have a value in which file.
//
// Made by the worker, read by every answer. Ownership: a Layer keeps its scan. Threads: any; the table of resources is
// made by the first who asks.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "analyzer/lsp/engine.h"
#include "sarif/redact.h"

namespace assay::lsp {

class Layer {
 public:
  explicit Layer(std::shared_ptr<const pipeline::Scan> scan) : scan_(std::move(scan)) {}
  Layer(const Layer&) = delete;
  const pipeline::Scan& scan() const { return *scan_; }
  const report::Redactor& redactor() const;
  // Resources that stand in the file, or take a value from there; in the order of the project.
  const std::vector<const model::Resource*>& resources(core::FileId file) const;

 private:
  std::shared_ptr<const pipeline::Scan> scan_;
  mutable std::once_flag redactor_made_, resources_made_;
  mutable std::optional<report::Redactor> redactor_;
  mutable std::vector<std::vector<const model::Resource*>> resources_;  // by file
};

using Layers = std::map<const pipeline::Scan*, std::shared_ptr<const Layer>>;

// Of an analysis; those of `before` are used again.
Layers layers_of(const Analysis& analysis, const Layers& before = {});

}  // namespace assay::lsp
