// The expression language of Azure Resource Manager templates: "[concat('a', parameters('b').c[0])]".
// Lexer and parser only; evaluator.h gives expressions their values.
//
// Literals are texts in single quotes ('' is one quote) and whole numbers; everything else is a call
// (names are compared without case), a property or an index of one. A text that starts with "[" and
// ends with "]" is an expression, "[[...]" is the text without its first bracket.
//
// Ownership: nodes live in the arena given, texts view it or the source. Threads: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "parsers/core/arena.h"

namespace assay::formats::arm {

inline constexpr uint32_t kMaxExpressionNesting = 200;  // of calls and brackets in one expression

struct Expression {
  enum class Kind : uint8_t { kText, kInteger, kCall, kProperty, kIndex };
  Kind kind = Kind::kText;
  std::string_view text;  // the content of a text, digits, the name of a function or property
  uint32_t begin = 0;     // in the decoded text of the JSON string
  uint32_t end = 0;
  const Expression* const* child_array = nullptr;  // arguments; object; object and index
  uint32_t child_count = 0;

  std::span<const Expression* const> children() const { return {child_array, child_count}; }
};

struct ParsedExpression {
  const Expression* root = nullptr;  // null: it cannot be read, and `error` says why
  std::string error;
  uint32_t begin = 0;  // of what is wrong, in the decoded text
  uint32_t end = 0;
};

// How the text of a JSON string is meant.
enum class TextKind : uint8_t { kLiteral, kEscaped, kExpression };
TextKind text_kind(std::string_view text);

// REQUIRES: text_kind(text) is kExpression.
ParsedExpression parse_expression(std::string_view text, core::Arena& arena);

}  // namespace assay::formats::arm
