// Attributes of a resource as Checkov's policies name them. Checkov flattens a resource into paths: a block
// that occurs once is `a.b`, of several each is `a.0.b`, and "*" stands for an index. Here the paths are
// followed through the values of the model; what depends on an input is settled in the world of the run.
//
// One Attributes per run. Threads: none of its own.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/rule.h"
#include "rules/lang/checkov/json_path.h"

namespace assay::rules::checkov {

// A value that a path leads to.
struct Found {
  const model::Value* value = nullptr;  // settled; null when there is nothing
  std::string path;                     // as Assay writes it: "ingress[0].from_port"
  bool inside_unknown = false;          // a part of something unknown
};

class Attributes {
 public:
  Attributes(RunContext& context, const model::Resource& resource)
      : context_(context), guards_(resource.root->guards), resource_(resource) {}

  // The value of a path without wildcards; nothing when it is absent.
  Found find(std::span<const std::string> parts);
  // All values that a path with wildcards leads to.
  std::vector<Found> find_all(std::span<const std::string> parts);
  std::vector<Found> find_all(const JsonPath& path);

  // The value in this world: without alternatives, without parts that are not there; a block that occurs once
  // is the block.
  const model::Value& settle(const model::Value& value);
  // Text that holds JSON as its structure; null when it holds none.
  const model::Value* structure_of(std::string_view text, core::Span span);

  const model::Guards& guards() const { return guards_; }
  RunContext& context() { return context_; }
  bool spend(uint64_t steps);

 private:
  struct At {
    const model::Value* value;
    std::string path;
    bool inside_unknown = false;
    bool block = false;  // a single block, which Checkov does not number
  };
  At enter(const model::Value& value, std::string path, bool inside_unknown);
  bool child(const At& at, std::string_view key, At& out);
  bool element(const At& at, size_t index, At& out);
  size_t size_of(const At& at) const;
  void collect(const At& at, std::span<const std::string> parts, bool numbered, std::vector<Found>& out);
  void step(const At& at, std::span<const JsonStep> steps, int depth, std::vector<Found>& out);
  bool holds(const At& element, const JsonFilter& filter, int depth);
  At start();

  RunContext& context_;
  const model::Guards& guards_;
  const model::Resource& resource_;
};

}  // namespace assay::rules::checkov
