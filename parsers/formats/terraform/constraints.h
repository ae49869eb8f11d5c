// What the validation blocks of a variable say about its value before it is known: the values there
// are, bounds, lengths, how a text begins and ends. A configuration that breaks them is never
// deployed, so an unknown input may be taken to keep them.
//
// Read off the syntax, where a condition has one of the usual forms; everything else is left to the
// evaluator, which takes whole conditions as assumptions (Evaluator::take_assumption).
// Called by variables.cc. Texts are copied into the arena. Threads: none of its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/model/value.h"
#include "parsers/syntax/tree.h"

namespace assay::formats::terraform {

struct Constraints {
  model::Unknown facts;  // bounds, lengths, prefix, suffix, not_null; nothing else is set
  // The canonical literals (model::literal_text) that the value is one of; nullopt: not a finite set.
  std::optional<std::vector<std::string>> domain;
};

// Evaluates an expression without references; an unknown when it has some.
using ConstantEvaluator = std::function<model::Value(const syntax::Node&)>;

// Adds what `condition` demands of var.NAME.
void add_constraints(const syntax::Node& condition, std::string_view name,
                     const ConstantEvaluator& evaluate, core::Arena& arena, Constraints& out);

}  // namespace assay::formats::terraform
