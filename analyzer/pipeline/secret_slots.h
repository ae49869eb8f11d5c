// Arguments that a provider's schema calls sensitive: each resource that gives one a known text gets the view
// secret/slots, a list of {name, path, value}, so that one rule judges the arguments of every resource type.
//
// Called by the pipeline behind the alias tables. Threads: one.
#pragma once

#include <string_view>

#include "parsers/model/resource.h"

namespace assay::pipeline {

inline constexpr std::string_view kSecretSlotsType = "secret/slots";
inline constexpr size_t kMaxSecretSlots = 200;  // of one resource

void add_secret_slots(model::Project& project);

}  // namespace assay::pipeline
