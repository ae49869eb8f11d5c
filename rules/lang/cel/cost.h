// What evaluating costs in the units of the API server, which ends an expression at 1,000,000 of them and a policy at
// 10,000,000: names, selections, calls, collections made and texts walked are counted as cel-go's runtime cost and the
// estimator of Kubernetes (apiserver/pkg/cel/library/cost.go) count them. Called by Eval where a CostMeter is set.
//
// Counted like there: literals of collections and conversions of literals are free, because they are made once; `in` over
// such a list is. Errors that end a call early may cost a unit more or less.
#pragma once

#include <cstdint>
#include <span>

#include "rules/lang/cel/program.h"

namespace assay::rules::cel {

class Eval;

inline constexpr uint64_t kAttributeCost = 1;
inline constexpr uint64_t kCallCost = 1;
inline constexpr uint64_t kListCost = 10;
inline constexpr uint64_t kMapCost = 30;
inline constexpr uint64_t kKeepCost = kAttributeCost + kListCost + kCallCost;        // result + [x]
inline constexpr uint64_t kInsertCost = 2 * kAttributeCost + kCallCost;              // an entry of a map that is built
inline constexpr uint64_t kExpressionLimit = 1'000'000;
inline constexpr uint64_t kPolicyLimit = 10'000'000;
inline constexpr uint64_t kMatchConditionsLimit = 2'500'000;

// Is it a name, or selections from one? Of a branch of a condition the name costs nothing.
bool is_attribute(const Node& node);
// Of a.b or a[b] beyond its parts.
uint64_t step_cost(const Node& node);
// Of ==, <, +, in and the like beyond their operands.
uint64_t operator_cost(Eval& eval, const Node& node, const Val& a, const Val& b);
uint64_t call_cost(Eval& eval, const Node& node, std::span<const Val> args, const Val& result);
// Of one round of all() or exists() beyond its body, of looking at the result, and of the look that ends it early.
uint64_t iteration_cost(Macro macro);
uint64_t result_cost(Macro macro);
uint64_t stop_cost(Macro macro);
// Of a constant that was `node`, whose evaluation cost `used`.
uint32_t folded_cost(const Node& node, uint64_t used);

}  // namespace assay::rules::cel
