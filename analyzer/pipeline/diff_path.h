// The way from a resource to what a finding is about: through which elements of which lists it leads, and how these
// are called, so that they can be told apart when their positions change.
//
// Called by diff.cc and baseline.cc. Ownership: points into the model. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/model/resource.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

// One position in a list on the way to what a finding is about.
struct ElementStep {
  const model::Value* list;
  size_t index;
};

// The lists that lie on the way to `attribute`, as the rule sees the resource.
std::vector<ElementStep> elements_on_the_way(const rules::RuleInfo& rule, const model::Resource& resource,
                                             std::string_view attribute);

// The attribute with elements called by what tells them apart instead of by their positions: by a name
// ("containers[app].image"), or by a hash of their structure and numbers ("ingress[#1a2b3c4d].cidr_blocks").
std::string named_path(const rules::RuleInfo& rule, const model::Resource& resource, std::string_view attribute);

// Does the resource have the elements that a named path goes through?
bool has_elements(const rules::RuleInfo& rule, const model::Resource& resource, std::string_view named_path);

}  // namespace assay::pipeline
