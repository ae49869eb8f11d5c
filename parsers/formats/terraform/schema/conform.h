// Conversion of configured values to what the provider's schema says: 5 becomes "5" for a string,
// a tuple becomes a list or a sorted set without repeats. Unlike functions/convert.h it never drops
// or adds parts of objects, and keeps what does not fit: the facts may be of another version.
// The evaluator calls it for each argument of a resource. Results live in the context's arena.
#pragma once

#include <string>

#include "parsers/formats/terraform/functions/functions.h"
#include "parsers/formats/terraform/schema/provider_facts.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

// `type` as in AttributeFacts. `mismatch` gets "a number" when a known part cannot be one.
model::Value conform(const model::Value& value, uint32_t type, CallContext& context,
                     std::string_view* mismatch);
// False: conform() would change nothing. Cheap.
bool needs_conforming(const model::Value& value, uint32_t type);

// The blocks of a set: equal ones count once.
model::Value distinct_blocks(const model::Value& blocks, core::Arena& arena);

}  // namespace assay::formats::terraform
