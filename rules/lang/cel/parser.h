// Parser: the text of a CEL expression to its syntax tree, macros expanded (cel-spec, "Syntax" and
// "Macros"). Recursive descent, bounded by core::kMaxNesting; reports the first mistake.
//
// Threads: a MacroTable is immutable while parsers use it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rules/lang/cel/ast.h"

namespace assay::rules::cel {

// Makes nodes; handed to macros.
class Builder {
 public:
  Builder(core::Arena& arena, Issues& issues) : arena_(arena), issues_(issues) {}
  core::Arena& arena() { return arena_; }
  // Depth is derived from the arguments; one beyond core::kMaxExpressionDepth is an issue.
  Expr* make(ExprKind kind, uint32_t begin, uint32_t end, std::span<Expr* const> args = {});
  Expr* literal(const Val& value, uint32_t begin, uint32_t end);
  Expr* ident(std::string_view name, uint32_t begin, uint32_t end);
  Expr* call(std::string_view function, const Expr& at, std::span<Expr* const> args);
  // A mistake; gives null, which macros pass on.
  Expr* fail(const Expr& at, std::string message);
  Expr* fail(uint32_t begin, uint32_t end, std::string message);
  bool failed() const { return !issues_.empty(); }

 private:
  core::Arena& arena_;
  Issues& issues_;
};

// A macro replaces a call. `target` is null for a global macro. `call` gives the span. Returns null
// after fail(), or `call` itself when the call is no macro after all.
struct MacroDef {
  std::string_view name;  // "has", "exists"; with a namespace "cel.bind"
  int arg_count;          // -1: any
  bool member;            // x.name(...); a namespaced macro is not a member
  Expr* (*expand)(Builder& builder, Expr* call, Expr* target, std::span<Expr* const> args);
};

using MacroTable = std::vector<MacroDef>;
// has, all, exists, exists_one, map, filter.
std::span<const MacroDef> standard_macros();
// Two-variable comprehensions, cel.bind, optMap and optFlatMap, sortBy, math.greatest and least.
std::span<const MacroDef> extension_macros();

// Null when there are issues. `source` must outlive the tree.
Expr* parse(std::string_view source, std::span<const MacroDef> macros, core::Arena& arena, Issues& issues);

}  // namespace assay::rules::cel
