// The lexer of HCL's main mode: structure and expressions. It gives one token at a time and never
// looks behind the opening quote of a string or the first line of a heredoc, because the text there
// has rules of its own (template.cc), which moves the lexer by set_position().
//
// White space and comments are skipped; comments are kept aside. A line comment ends before its
// line break, so the break is a kNewline token of its own; a block comment hides its line breaks.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "parsers/syntax/tree.h"

namespace assay::syntax::hcl {

enum class TokenType : uint8_t {
  kEnd, kNewline, kIdentifier, kNumber,
  kQuote,    // the opening "
  kHeredoc,  // <<X or <<-X with its line break
  kLeftBrace, kRightBrace, kLeftBracket, kRightBracket, kLeftParen, kRightParen,
  kTemplateEnd,  // ~}
  kEqual, kEqualEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kAnd, kOr,
  kPlus, kMinus, kStar, kSlash, kPercent, kBang, kQuestion, kColon, kDoubleColon,
  kDot, kEllipsis, kComma, kFatArrow,
  kInvalid,  // a character that HCL has no use for
  kBadUtf8,
};

struct Token {
  TokenType type = TokenType::kEnd;
  uint32_t begin = 0;  // bytes of the lexer's text
  uint32_t end = 0;
};

class Lexer {
 public:
  // Reads text[begin, end). Comments are appended with `base` added; `comments` may be null.
  Lexer(std::string_view text, uint32_t begin, uint32_t end, uint32_t base,
        std::vector<Comment>* comments)
      : data_(text.data()), at_(text.data() + begin), end_(text.data() + end), base_(base),
        comments_(comments) {}

  Token next();
  void set_position(uint32_t offset) { at_ = data_ + offset; }
  uint32_t position() const { return static_cast<uint32_t>(at_ - data_); }
  uint32_t end_position() const { return static_cast<uint32_t>(end_ - data_); }

 private:
  Token token(TokenType type, uint32_t length);
  Token number();
  Token identifier();
  Token less();
  Token other();
  // The first byte behind the identifier at `p`, or `p` when there is none.
  const char* skip_identifier(const char* p) const;
  bool at(uint32_t ahead, char c) const {
    return static_cast<size_t>(end_ - at_) > ahead && at_[ahead] == c;
  }

  const char* data_;
  const char* at_;
  const char* end_;
  uint32_t base_;
  std::vector<Comment>* comments_;
};

}  // namespace assay::syntax::hcl
