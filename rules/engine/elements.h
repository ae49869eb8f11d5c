// The elements that a rule with `each` runs over: "ingress" gives the blocks of that name,
// "containers[].env" the variables of every container, each with the guards it stands under.
//
// Called by evaluator.cc. Ownership: elements point into the view and into `scratch`. Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/model/resource.h"

namespace assay::rules {

// One element of the list a rule with `each` runs over, and under what it is there.
struct Element {
  const model::Value* value = nullptr;
  std::vector<model::Guard> guards;
  const model::Value* maybe_empty = nullptr;  // an unknown collection that may have no element
  std::string path;
};

std::vector<Element> collect_elements(const model::Resource& resource, const model::Value& view,
                                      std::string_view each, core::Arena& scratch);

}  // namespace assay::rules
