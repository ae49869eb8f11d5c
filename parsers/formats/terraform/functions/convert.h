// Conversion between Terraform's types, as cty (the type system of HCL) defines it, and the
// unification that picks one type for several values. The evaluator uses it for variables,
// conditionals, arguments and templates; the functions of this folder use it for everything else.
//
// All conversions accept unknown values (which keep their identity and refinements), alternatives
// (each converted by itself) and guarded elements (which stay guarded). Results live in the
// context's arena. Depth is bounded by core::kMaxNesting.
#pragma once

#include <functional>
#include <span>

#include "parsers/core/problem.h"
#include "parsers/formats/terraform/functions/functions.h"
#include "parsers/model/type.h"
#include "parsers/model/value.h"
#include "parsers/syntax/tree.h"

namespace assay::formats::terraform {

// `value` as a value of type `to`: primitives through text, sequences among list, set and tuple,
// mappings among map and object. Object attributes that the type lacks are dropped; optional() ones
// that are missing become null or their default, also inside collections. "any" inside a collection
// type is settled by unifying the elements. Spans, marks and origins of kept parts stay.
CallResult convert(const model::Value& value, const model::Type* to, CallContext& context);

// The one type that values of all these types convert to; null when there is none. kDynamic for
// none.
const model::Type* unify(std::span<const model::Type* const> types, core::Arena& arena);

// Converts all values, in place, to their unified type, as the two results of a conditional are.
// On failure the values are unchanged and the result is the error; on success result.value is null.
CallResult unify_values(std::span<model::Value> values, CallContext& context);

// The value as text inside a longer template or a string parameter: a string value, or an unknown
// string. An error for null, collections and objects.
CallResult to_string_value(const model::Value& value, CallContext& context);
// Text of a known primitive, as Terraform's tostring() gives it.
std::string primitive_text(const model::Value& value);

// A set of these items, which must be of one type already: without repeats, in cty's order (strings
// by bytes, numbers by value, false before true). `element` is the type for an empty set.
model::Value make_set(std::span<const model::Value> items, const model::Type* element,
                      CallContext& context);
// A list of items that are of one type already; `element` is the type for an empty list.
model::Value make_list(std::span<const model::Value> items, const model::Type* element,
                       CallContext& context, model::ValueKind kind = model::ValueKind::kList);
// A mapping with entries sorted by key.
model::Value make_mapping(std::vector<model::Entry> entries, const model::Type* element,
                          CallContext& context, model::ValueKind kind = model::ValueKind::kObject);

// Type constraints of variables: string, number, bool, any, list(T), set(T), map(T), tuple([T...]),
// object({name = T, name = optional(T, default)}), and the quoted "string", "list" and "map" of
// Terraform 0.11. What is wrong becomes a problem and reads as "any". `evaluate_default` evaluates
// the expression of a default, which has no variables. Never returns null.
using DefaultEvaluator = std::function<CallResult(const syntax::Node&)>;
const model::Type* parse_type(const syntax::Node& node, core::FileId file, CallContext& context,
                              const DefaultEvaluator& evaluate_default, core::Problems& problems);

}  // namespace assay::formats::terraform
