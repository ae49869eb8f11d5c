// The syntax tree of a CEL expression, after macro expansion. The parser makes it, the checker
// writes types into it, the compiler turns it into a Program.
//
// Nodes live in the arena given to the parser; `text` views the expression's source or the arena.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/lang/cel/types.h"
#include "rules/lang/cel/val.h"

namespace assay::rules::cel {

enum class ExprKind : uint8_t {
  kLiteral,
  kIdent,          // text
  kSelect,         // args[0].text
  kHas,            // has(args[0].text)
  kIndex,          // args[0][args[1]]
  kOperator,       // op over args
  kCall,           // text(args...); with kMember, args[0] is the receiver
  kList,           // args
  kMap,            // args: key, value, key, value...
  kComprehension,  // macro: args[0] is the range, then one or two bodies; variable(s)
  kBind,           // variable = args[0] in args[1]
};

enum class Operator : uint8_t {
  kNone, kAnd, kOr, kNot, kNegate, kConditional,
  kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual,
  kAdd, kSubtract, kMultiply, kDivide, kModulo, kIn,
};
// "&&", "_+_" without the underscores.
std::string_view operator_text(Operator op);

enum class Macro : uint8_t {
  kNone, kAll, kExists, kExistsOne,
  kMap,     // bodies: [filter,] transform
  kFilter,
  kTransformList,      // bodies: [filter,] transform
  kTransformMap,       // bodies: [filter,] value
  kTransformMapEntry,  // bodies: [filter,] a map of one entry
  kSortBy,
  kOptMap, kOptFlatMap,  // over an optional
};

// Flags of Expr.
inline constexpr uint8_t kOptionalAccess = 1;  // kSelect a.?b, kIndex a[?b]
inline constexpr uint8_t kAbsolute = 2;        // kIdent and kCall written with a leading dot
inline constexpr uint8_t kMember = 4;          // kCall with a receiver
inline constexpr uint8_t kQuotedField = 8;     // kSelect a.`b`

struct Expr {
  ExprKind kind = ExprKind::kLiteral;
  Operator op = Operator::kNone;
  Macro macro = Macro::kNone;
  uint8_t flags = 0;
  uint32_t begin = 0;  // bytes in the source
  uint32_t end = 0;
  uint32_t depth = 1;
  uint32_t arg_count = 0;
  Expr** arg_array = nullptr;
  std::string_view text;
  std::string_view variable, variable2;    // of kComprehension and kBind; "" when unused
  const bool* optional_array = nullptr;    // kList, kMap: which elements or entries have "?"; or null
  Val literal;
  const Type* type = nullptr;              // set by the checker

  std::span<Expr* const> args() const { return {arg_array, arg_count}; }
  Expr* arg(size_t i) const { return arg_array[i]; }
  bool has(uint8_t flag) const { return (flags & flag) != 0; }
  bool optional_element(size_t i) const { return optional_array != nullptr && optional_array[i]; }
};

// A mistake in an expression: where, and what.
struct Issue {
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string message;
};
using Issues = std::vector<Issue>;

// "a.b.c" when the expression is a chain of plain selections from an identifier; else "".
std::string qualified_name(const Expr& expr);

}  // namespace assay::rules::cel
