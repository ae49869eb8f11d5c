// Instances of one block that a rule cannot tell apart: ten thousand of them cost what the first one
// costs, and a comparison each. Two instances are alike for a rule when every attribute of the view
// that the rule can read is the same value from the same place; then so are the verdict, the worlds,
// the region and the chain, and only the address differs.
//
// Called by evaluator.cc. Ownership: views of the model. Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/model/origin.h"
#include "parsers/model/resource.h"
#include "rules/engine/rule.h"

namespace assay::rules {

// What a rule can read of a view: the check's attributes, those of `at` and of `each`. Nothing: it
// may read anything.
std::optional<Reads> reads_of(const Rule& rule);

// Did both come to be in the same way from the same places? `left` bounds the hops that are compared.
bool same_origin(const model::Origin* a, const model::Origin* b, uint32_t& left);

// Do both come from one block, under the same condition?
bool same_block(const model::Resource& a, const model::Resource& b);

// The top-level attributes in which two views of one type differ; nothing when they cannot be compared.
std::optional<std::vector<std::string_view>> differences(const model::Value& a, const model::Value& b);

// Can a rule that reads `reads` tell the two resources apart, whose views differ in `differing`?
bool alike(const Reads& reads, const std::vector<std::string_view>& differing, const model::Project& project,
           const model::Resource& a, const model::Resource& b);

}  // namespace assay::rules
