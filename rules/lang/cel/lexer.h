// Lexer: tokens of a CEL expression (cel-spec, "Syntax"). Used by the parser only.
#pragma once

#include <cstdint>
#include <string_view>

#include "parsers/core/arena.h"
#include "rules/lang/cel/ast.h"

namespace assay::rules::cel {

enum class TokenKind : uint8_t {
  kEnd, kError,
  kIdent,        // text; reserved words included
  kQuotedIdent,  // text without the backticks
  kInt, kUint, kDouble,  // text as written, without the u
  kString, kBytes,       // text decoded
  kPunctuation,  // text: one of the operators and brackets
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string_view text;

  bool is(std::string_view punctuation) const {
    return kind == TokenKind::kPunctuation && text == punctuation;
  }
};

class Lexer {
 public:
  Lexer(std::string_view source, core::Arena& arena, Issues& issues)
      : source_(source), arena_(arena), issues_(issues) {}
  // After an error (kError, an issue was added) the rest of the text is not read.
  Token next();

 private:
  Token error(uint32_t begin, uint32_t end, std::string message);
  Token number(uint32_t begin);
  Token string(uint32_t begin, bool raw, bool bytes);
  bool escape(std::string& out, bool bytes);

  std::string_view source_;
  core::Arena& arena_;
  Issues& issues_;
  uint32_t at_ = 0;
};

// true, false, null, in and the words kept for later (cel-spec: RESERVED); none may be a variable.
bool is_reserved(std::string_view word);

}  // namespace assay::rules::cel
