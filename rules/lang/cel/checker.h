// Checker: gradual typing of CEL (cel-spec, "Gradual Type Checking"). Gives every node a type, finds
// undeclared names and calls without a fitting overload before anything runs; what is dyn is left to
// run time.
#pragma once

#include "rules/lang/cel/ast.h"
#include "rules/lang/cel/environment.h"

namespace assay::rules::cel {

// The type of the whole expression, without free type parameters (those are dyn); null when issues
// were added. Types are made in `arena`.
const Type* check(const Environment& environment, Expr& expr, core::Arena& arena, Issues& issues);

}  // namespace assay::rules::cel
