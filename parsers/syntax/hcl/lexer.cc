#include "parsers/syntax/hcl/lexer.h"

#include <cstring>

#include "parsers/syntax/hcl/characters.h"

namespace assay::syntax::hcl {

Token Lexer::token(TokenType type, uint32_t length) {
  Token out{type, position(), position() + length};
  at_ += length;
  return out;
}

Token Lexer::next() {
  using T = TokenType;
  for (;;) {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t')) ++at_;
    if (at_ >= end_) return token(T::kEnd, 0);
    char c = *at_;
    if (has_class(c, kIdentStart)) return identifier();
    if (has_class(c, kDigit)) return number();
    switch (c) {
      case '\n':
        return token(T::kNewline, 1);
      case '\r':
        if (at(1, '\n')) return token(T::kNewline, 2);
        return token(T::kInvalid, 1);
      case '/':
        if (at(1, '*')) {
          const char* p = at_ + 2;
          while ((p = static_cast<const char*>(std::memchr(p, '*', end_ - p))) != nullptr) {
            ++p;
            if (p < end_ && *p == '/') break;
          }
          if (p == nullptr) return token(T::kSlash, 1);  // never closed: not a comment
          ++p;
          if (comments_) {
            comments_->push_back({position() + base_, static_cast<uint32_t>(p - data_) + base_});
          }
          at_ = p;
          continue;
        }
        if (!at(1, '/')) return token(T::kSlash, 1);
        [[fallthrough]];
      case '#': {
        const void* found = std::memchr(at_, '\n', end_ - at_);
        const char* p = found ? static_cast<const char*>(found) : end_;
        if (found && p > at_ && p[-1] == '\r') --p;
        if (comments_) {
          comments_->push_back({position() + base_, static_cast<uint32_t>(p - data_) + base_});
        }
        at_ = p;
        continue;
      }
      case '"':
        return token(T::kQuote, 1);
      case '{':
        return token(T::kLeftBrace, 1);
      case '}':
        return token(T::kRightBrace, 1);
      case '[':
        return token(T::kLeftBracket, 1);
      case ']':
        return token(T::kRightBracket, 1);
      case '(':
        return token(T::kLeftParen, 1);
      case ')':
        return token(T::kRightParen, 1);
      case ',':
        return token(T::kComma, 1);
      case '+':
        return token(T::kPlus, 1);
      case '-':
        return token(T::kMinus, 1);
      case '*':
        return token(T::kStar, 1);
      case '%':
        return token(T::kPercent, 1);
      case '?':
        return token(T::kQuestion, 1);
      case '.':
        return at(1, '.') && at(2, '.') ? token(T::kEllipsis, 3) : token(T::kDot, 1);
      case ':':
        return at(1, ':') ? token(T::kDoubleColon, 2) : token(T::kColon, 1);
      case '=':
        if (at(1, '=')) return token(T::kEqualEqual, 2);
        return at(1, '>') ? token(T::kFatArrow, 2) : token(T::kEqual, 1);
      case '!':
        return at(1, '=') ? token(T::kNotEqual, 2) : token(T::kBang, 1);
      case '>':
        return at(1, '=') ? token(T::kGreaterEqual, 2) : token(T::kGreater, 1);
      case '<':
        return less();
      case '&':
        return at(1, '&') ? token(T::kAnd, 2) : token(T::kInvalid, 1);
      case '|':
        return at(1, '|') ? token(T::kOr, 2) : token(T::kInvalid, 1);
      case '~':
        return at(1, '}') ? token(T::kTemplateEnd, 2) : token(T::kInvalid, 1);
      default:
        return other();
    }
  }
}

// Digits, dots and exponents in any order, as long as the last is not a dot: "1.2.3" is one (bad)
// number, while "1..." is a number and an ellipsis.
Token Lexer::number() {
  const char* p = at_ + 1;
  const char* last = p;
  while (p < end_) {
    if (has_class(*p, kDigit)) {
      last = ++p;
    } else if (*p == '.') {
      ++p;
    } else if (*p == 'e' || *p == 'E') {
      const char* q = p + 1;
      if (q < end_ && (*q == '+' || *q == '-')) ++q;
      if (q >= end_ || !has_class(*q, kDigit)) break;
      last = p = q + 1;
    } else {
      break;
    }
  }
  return token(TokenType::kNumber, static_cast<uint32_t>(last - at_));
}

Token Lexer::identifier() {
  const char* p = at_ + 1;
  while (p < end_ && has_class(*p, kIdentContinue)) ++p;
  if (p < end_ && static_cast<uint8_t>(*p) >= 0x80) p = skip_identifier(at_);
  return token(TokenType::kIdentifier, static_cast<uint32_t>(p - at_));
}

const char* Lexer::skip_identifier(const char* p) const {
  bool first = true;
  while (p < end_) {
    uint32_t length = character_length(p, end_);
    if (length == 0) break;
    uint32_t c = decode_character(p, length);
    if (!(first ? is_identifier_start(c) : is_identifier_continue(c))) break;
    first = false;
    p += length;
  }
  return p;
}

Token Lexer::less() {
  if (at(1, '=')) return token(TokenType::kLessEqual, 2);
  if (!at(1, '<')) return token(TokenType::kLess, 1);
  const char* p = at_ + 2;
  if (p < end_ && *p == '-') ++p;
  const char* q = skip_identifier(p);
  if (q == p) return token(TokenType::kLess, 1);
  if (q < end_ && *q == '\r') ++q;
  if (q >= end_ || *q != '\n') return token(TokenType::kLess, 1);
  return token(TokenType::kHeredoc, static_cast<uint32_t>(q + 1 - at_));
}

Token Lexer::other() {
  uint32_t length = character_length(at_, end_);
  if (length == 0) return token(TokenType::kBadUtf8, 1);
  if (length == 1) return token(TokenType::kInvalid, 1);
  const char* p = skip_identifier(at_);
  if (p > at_) return token(TokenType::kIdentifier, static_cast<uint32_t>(p - at_));
  return token(TokenType::kInvalid, length);
}

}  // namespace assay::syntax::hcl
