// What is derived from one layer of an analysis, once, however many edits and questions follow: what has to be hidden in
// texts, and which resources have a value in which file. A secret of any layer of an area is hidden in all of them.
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
  using Tokens = std::vector<report::Redactor::Token>;
  Layer(std::shared_ptr<const pipeline::Scan> scan, std::shared_ptr<const Tokens> own, std::vector<std::string> hidden)
      : scan_(std::move(scan)), own_(std::move(own)), hidden_(std::move(hidden)) {}
  Layer(const Layer&) = delete;
  const pipeline::Scan& scan() const { return *scan_; }
  const report::Redactor& redactor() const;
  const std::shared_ptr<const Tokens>& own() const { return own_; }      // secrets of this layer, stale files included
  const std::vector<std::string>& hidden() const { return hidden_; }     // of all layers of the area
  // Resources that stand in the file, or take a value from there; in the order of the project.
  const std::vector<const model::Resource*>& resources(core::FileId file) const;

 private:
  std::shared_ptr<const pipeline::Scan> scan_;
  std::shared_ptr<const Tokens> own_;
  std::vector<std::string> hidden_;
  mutable std::once_flag redactor_made_, resources_made_;
  mutable std::optional<report::Redactor> redactor_;
  mutable std::vector<std::vector<const model::Resource*>> resources_;  // by file
};

using Layers = std::map<const pipeline::Scan*, std::shared_ptr<const Layer>>;

// Of an analysis; those of `before` are used again.
Layers layers_of(const Analysis& analysis, const Layers& before = {});

}  // namespace assay::lsp
