// Arguments that a provider's schema calls sensitive: each resource that gives one a known text gets the view
// secret/slots, a list of {name, path, value}, so that one rule judges the arguments of every resource type.
//
// Called by the pipeline behind the alias tables. Threads: one.
#pragma once

#include <string_view>
#include <vector>

#include "parsers/model/resource.h"
#include "rules/engine/finding.h"

namespace assay::pipeline {

inline constexpr std::string_view kSecretSlotsType = "secret/slots";
inline constexpr size_t kMaxSecretSlots = 200;  // of one resource

void add_secret_slots(model::Project& project);
// Findings in the view name the argument itself ("login.password"), not its place in the list.
void name_secret_slots(std::vector<rules::Finding>& findings, const model::Project& project);

}  // namespace assay::pipeline
