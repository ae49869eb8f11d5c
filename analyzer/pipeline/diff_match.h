// Which resource of the old tree has become which of the new one. First by name: the same address in the same root,
// seen through `moved` blocks and without instance keys. What is left on both sides has been moved or renamed where
// its evaluated content says so: a block that went into a module, a manifest in another file under another name.
// Each old resource has at most one successor, except that instances of one block may share an unknown one.
//
// Called by diff.cc. Ownership: points into both projects. Threads: one; the result depends on nothing but the
// input.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parsers/model/resource.h"

namespace assay::pipeline {

// How the same file is called on both sides: the paths of a scan, as seen from the root of the repository.
struct DiffSide {
  const model::Project* project = nullptr;
  std::string prefix;  // in front of the paths of the scan
};

class Successors {
 public:
  Successors(const DiffSide& before, const DiffSide& after);
  // What the new resource was before; null when it is new.
  const model::Resource* before(const model::Resource* after) const;

 private:
  std::unordered_map<const model::Resource*, const model::Resource*> before_;
};

// The elements of two lists that are one element before and after, by position in `after`: the position in
// `before`, or -1. Equal elements first, then those of one name, then what has most in common.
std::vector<int32_t> match_elements(std::span<const model::Value> before, std::span<const model::Value> after);

// What an element of a list is called among its siblings, by a key such as name or Sid: "app"; empty without one.
std::string element_name(const model::Value& element);

// What a resource looks like apart from texts, except for names and container images: it can be kept without telling a
// secret.
uint64_t shape_of(const model::Value& attributes);
// The same of an element of a list, whatever it is called.
uint64_t shape_of_element(const model::Value& element);

// An address or a path without what stands in brackets.
std::string without_keys(std::string_view address);

}  // namespace assay::pipeline
