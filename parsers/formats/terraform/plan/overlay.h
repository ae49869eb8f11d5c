// Joins a plan with the sources it was made from: planned values take the place of evaluated ones,
// and keep the spans and origins of the expressions that stand for them. What the plan leaves to the
// provider ("known after apply") stays as the sources have it, so that one finding comes out of both.
// The evaluator's hooks are in overlay.cc. Results live in the arena given.
#pragma once

#include "parsers/core/arena.h"
#include "parsers/formats/terraform/schema/provider_facts.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

// `source` is what the configuration says, an object; `planned` what the plan says of it. `facts` may
// be empty.
model::Value join_planned(const model::Value& source, const model::Value& planned, const BodyFacts& facts,
                          core::Arena& arena);
// A planned object alone: without nulls and empty blocks, blocks and sensitive arguments marked as such.
model::Value prune_planned(const model::Value& planned, const BodyFacts& facts, core::Arena& arena);

}  // namespace assay::formats::terraform
