#include "rules/lang/cel/lexer.h"

#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_word_start(c) || is_digit(c); }
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view kReserved[] = {
    "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function",
    "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while"};

// Longest first.
constexpr std::string_view kPunctuation[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-",
                                             "*",  "/",  "%",  "!",  "?",  ":",  ".", ",", "(", ")",
                                             "[",  "]",  "{",  "}"};

}  // namespace

bool is_reserved(std::string_view word) {
  for (std::string_view reserved : kReserved) {
    if (word == reserved) return true;
  }
  return false;
}

Token Lexer::error(uint32_t begin, uint32_t end, std::string message) {
  issues_.push_back({begin, end, std::move(message)});
  at_ = static_cast<uint32_t>(source_.size());
  return {TokenKind::kError, begin, end, {}};
}

Token Lexer::next() {
  while (at_ < source_.size()) {
    char c = source_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else if (source_.substr(at_, 2) == "//") {
      while (at_ < source_.size() && source_[at_] != '\n') ++at_;
    } else {
      break;
    }
  }
  uint32_t begin = at_;
  if (at_ >= source_.size()) return {TokenKind::kEnd, begin, begin, {}};
  char c = source_[at_];
  char following = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
  if (is_digit(c) || (c == '.' && is_digit(following))) return number(begin);
  if (c == '"' || c == '\'') return string(begin, false, false);
  if (is_word_start(c)) {
    // A prefix of at most two letters directly before a quote makes a raw or bytes literal.
    bool raw = false, bytes = false;
    uint32_t i = at_;
    while (i < source_.size() && i < at_ + 2) {
      char p = source_[i];
      if ((p == 'r' || p == 'R') && !raw) raw = true;
      else if ((p == 'b' || p == 'B') && !bytes) bytes = true;
      else break;
      ++i;
      if (i < source_.size() && (source_[i] == '"' || source_[i] == '\'')) {
        at_ = i;
        return string(begin, raw, bytes);
      }
    }
    while (at_ < source_.size() && is_word(source_[at_])) ++at_;
    return {TokenKind::kIdent, begin, at_, source_.substr(begin, at_ - begin)};
  }
  if (c == '`') {
    uint32_t i = at_ + 1;
    while (i < source_.size() && (is_word(source_[i]) || source_[i] == '.' || source_[i] == '-' ||
                                  source_[i] == '/' || source_[i] == ' ')) {
      ++i;
    }
    if (i >= source_.size() || source_[i] != '`' || i == at_ + 1) {
      return error(begin, i, "a quoted field name ends with ` and holds letters, digits and _.-/ only");
    }
    at_ = i + 1;
    return {TokenKind::kQuotedIdent, begin, at_, source_.substr(begin + 1, i - begin - 1)};
  }
  for (std::string_view punctuation : kPunctuation) {
    if (source_.substr(at_, punctuation.size()) != punctuation) continue;
    at_ += static_cast<uint32_t>(punctuation.size());
    return {TokenKind::kPunctuation, begin, at_, punctuation};
  }
  std::string hint;
  if (c == '=') hint = "; write == to compare";
  if (c == '&') hint = "; write && for a logical and";
  if (c == '|') hint = "; write || for a logical or";
  size_t after = at_;
  next_code_point(source_, after);
  return error(begin, static_cast<uint32_t>(after),
               "unexpected character '" + std::string(source_.substr(at_, after - at_)) + "'" + hint);
}

Token Lexer::number(uint32_t begin) {
  TokenKind kind = TokenKind::kInt;
  if (source_[at_] == '0' && at_ + 1 < source_.size() && (source_[at_ + 1] | 32) == 'x') {
    at_ += 2;
    uint32_t first = at_;
    while (at_ < source_.size() && hex_value(source_[at_]) >= 0) ++at_;
    if (at_ == first) return error(begin, at_, "0x must be followed by hexadecimal digits");
  } else {
    while (at_ < source_.size() && is_digit(source_[at_])) ++at_;
    if (at_ + 1 < source_.size() && source_[at_] == '.' && is_digit(source_[at_ + 1])) {
      kind = TokenKind::kDouble;
      ++at_;
      while (at_ < source_.size() && is_digit(source_[at_])) ++at_;
    }
    if (at_ < source_.size() && (source_[at_] | 32) == 'e') {
      uint32_t i = at_ + 1;
      if (i < source_.size() && (source_[i] == '+' || source_[i] == '-')) ++i;
      if (i < source_.size() && is_digit(source_[i])) {
        kind = TokenKind::kDouble;
        at_ = i;
        while (at_ < source_.size() && is_digit(source_[at_])) ++at_;
      }
    }
  }
  Token token{kind, begin, at_, source_.substr(begin, at_ - begin)};
  if (kind == TokenKind::kInt && at_ < source_.size() && (source_[at_] | 32) == 'u') {
    token.kind = TokenKind::kUint;
    token.end = ++at_;
  }
  if (at_ < source_.size() && is_word(source_[at_])) {
    return error(begin, at_ + 1, "a number must not be followed by a letter");
  }
  return token;
}

Token Lexer::string(uint32_t begin, bool raw, bool bytes) {
  char quote = source_[at_];
  const char triple[] = {quote, quote, quote};
  bool is_triple = source_.substr(at_, 3) == std::string_view(triple, 3);
  at_ += is_triple ? 3 : 1;
  std::string out;
  for (;;) {
    if (at_ >= source_.size()) return error(begin, at_, "this string does not end; add its closing quote");
    char c = source_[at_];
    if (c == quote) {
      if (!is_triple) {
        ++at_;
        break;
      }
      if (source_.substr(at_, 3) == std::string_view(triple, 3)) {
        at_ += 3;
        break;
      }
    }
    if (!is_triple && (c == '\n' || c == '\r')) {
      return error(begin, at_, "a string ends on the line it began on; use triple quotes or \\n");
    }
    if (c == '\\' && !raw) {
      uint32_t start = at_++;
      if (!escape(out, bytes)) {
        return error(start, at_ < source_.size() ? at_ + 1 : at_, "unknown escape in a string; write \\\\ for a backslash");
      }
      continue;
    }
    out += c;
    ++at_;
  }
  if (!bytes && !valid_utf8(out)) return error(begin, at_, "a string must be valid UTF-8");
  return {bytes ? TokenKind::kBytes : TokenKind::kString, begin, at_, arena_.copy(std::string_view(out))};
}

// After the backslash; false when the escape is not known.
bool Lexer::escape(std::string& out, bool bytes) {
  if (at_ >= source_.size()) return false;
  char c = source_[at_++];
  int count = 0;
  uint32_t value = 0;
  switch (c) {
    case 'a': out += '\a'; return true;
    case 'b': out += '\b'; return true;
    case 'f': out += '\f'; return true;
    case 'n': out += '\n'; return true;
    case 'r': out += '\r'; return true;
    case 't': out += '\t'; return true;
    case 'v': out += '\v'; return true;
    case '\\': case '?': case '"': case '\'': case '`': out += c; return true;
    case 'x': case 'X': count = 2; break;
    case 'u': count = 4; break;
    case 'U': count = 8; break;
    default:
      if (c < '0' || c > '3') return false;
      value = static_cast<uint32_t>(c - '0');
      for (int i = 0; i < 2; ++i, ++at_) {
        if (at_ >= source_.size() || source_[at_] < '0' || source_[at_] > '7') return false;
        value = value * 8 + static_cast<uint32_t>(source_[at_] - '0');
      }
      if (bytes) out += static_cast<char>(value);
      else append_utf8(value, out);
      return true;
  }
  if (bytes && count > 2) return false;
  for (int i = 0; i < count; ++i, ++at_) {
    if (at_ >= source_.size() || hex_value(source_[at_]) < 0) return false;
    value = value << 4 | static_cast<uint32_t>(hex_value(source_[at_]));
  }
  if (bytes) {
    out += static_cast<char>(value);
    return true;
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
  append_utf8(value, out);
  return true;
}

}  // namespace assay::rules::cel
