// Strings, numbers, words, blanks and comments of the JSON parser.
#include <cstring>

#include "parsers/syntax/json/parser.h"

namespace assay::syntax::json {
namespace {

using core::ProblemSeverity;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool ends_word(char c) {
  return c == ',' || c == ':' || c == '{' || c == '}' || c == '[' || c == ']' || c == '"' ||
         c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The first of the next eight bytes that is `"`, `\`, below 0x20 or above 0x7F, as a high bit in
// the mask; 0 when there is none.
uint64_t special_bytes(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101ull;
  constexpr uint64_t kHighs = 0x8080808080808080ull;
  uint64_t quote = word ^ (kOnes * '"');
  uint64_t backslash = word ^ (kOnes * '\\');
  return (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) |
          ((word - kOnes * 0x20) & ~word) | word) &
         kHighs;
}

// Length of the UTF-8 character at `at`; 0 when the bytes are not UTF-8 (RFC 3629).
uint32_t utf8_length(const char* at, const char* end) {
  auto byte = [&](uint32_t i) { return static_cast<unsigned char>(at[i]); };
  unsigned char lead = byte(0);
  uint32_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || static_cast<size_t>(end - at) < length) return 0;
  for (uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return length;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace

bool Parser::skip_blanks() {
  if (at_ < end_ && static_cast<unsigned char>(*at_) > ' ' && *at_ != '/') return true;
  return skip_blanks_slow();
}

bool Parser::skip_blanks_slow() {
  while (at_ < end_) {
    char c = *at_;
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      // Indentation is the bulk of pretty-printed JSON.
      ++at_;
      while (end_ - at_ >= 8) {
        uint64_t word;
        std::memcpy(&word, at_, 8);
        if (word != 0x2020202020202020ull) break;
        at_ += 8;
      }
      while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
      continue;
    }
    bool line = c == '/' && at_ + 1 < end_ && at_[1] == '/';
    bool block = c == '/' && at_ + 1 < end_ && at_[1] == '*';
    if (!line && !block) return true;
    uint32_t begin = offset();
    if (line) {
      while (at_ < end_ && *at_ != '\n' && *at_ != '\r') ++at_;
    } else {
      std::string_view rest(at_ + 2, static_cast<size_t>(end_ - at_ - 2));
      size_t close = rest.find("*/");
      at_ = close == std::string_view::npos ? end_ : at_ + 2 + close + 2;
      if (close == std::string_view::npos) {
        syntax_error("the comment is not closed: \"*/\" is missing", begin, begin + 2);
      }
    }
    tree_.comments.push_back({begin, offset()});
    if (!comment_noted_) {
      comment_noted_ = true;
      tree_.accepted = false;
      problem(ProblemSeverity::kNote, "json-comment",
              "a comment: JSONC, which strict JSON readers refuse", begin, offset());
    }
  }
  return false;
}

const Node* Parser::string(char quote) {
  uint32_t begin = offset();
  if (quote == '\'') {
    syntax_error("strings are written in double quotes, not single ones", begin, begin + 1);
  }
  ++at_;
  const char* run = at_;   // what is not yet in scratch_
  bool decoded = false;    // scratch_ is in use
  bool closed = false;
  auto flush = [&] {
    if (!decoded) scratch_.clear();
    decoded = true;
    scratch_.append(run, static_cast<size_t>(at_ - run));
  };
  while (at_ < end_) {
    while (quote == '"' && end_ - at_ >= 8) {
      uint64_t word;
      std::memcpy(&word, at_, 8);
      uint64_t mask = special_bytes(word);
      if (mask) {
        at_ += __builtin_ctzll(mask) / 8;
        break;
      }
      at_ += 8;
    }
    if (at_ >= end_) break;
    char c = *at_;
    if (c == quote) {
      closed = true;
      break;
    }
    if (c == '\\') {
      flush();
      escape(scratch_);
      run = at_;
    } else if (c & 0x80) {
      uint32_t length = utf8_length(at_, end_);
      if (length == 0) {
        flush();
        problem(ProblemSeverity::kError, "json-encoding",
                "a byte that is not UTF-8; save the file as UTF-8", offset(), offset() + 1);
        append_utf8(scratch_, 0xFFFD);
        run = ++at_;
      } else {
        at_ += length;
      }
    } else if (c == '\n' || c == '\r') {
      break;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      syntax_error(c == '\t' ? "a tab in a string must be written \\t"
                             : "a control character in a string must be written as \\u escape",
                   offset(), offset() + 1);
      ++at_;
    } else {
      ++at_;
    }
  }
  std::string_view text(run, static_cast<size_t>(at_ - run));
  if (decoded) {
    scratch_.append(text);
    text = tree_.arena.copy(scratch_);
  }
  if (closed) {
    ++at_;
  } else {
    syntax_error("the string is not closed on its line; write a line break as \\n", begin,
                 offset());
  }
  Node* node = make_node(NodeKind::kString, begin, offset());
  node->style = quote == '"' ? Style::kDoubleQuoted : Style::kSingleQuoted;
  node->text = text;
  if (!closed) node->flags |= kRecovered;
  return node;
}

bool Parser::hex4(uint32_t& out) {
  if (end_ - at_ < 4) return false;
  uint32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    char c = at_[i];
    uint32_t digit = is_digit(c)              ? static_cast<uint32_t>(c - '0')
                     : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                            : 16;
    if (digit == 16) return false;
    code = code * 16 + digit;
  }
  at_ += 4;
  out = code;
  return true;
}

// At a backslash: appends what the escape stands for and moves behind it.
void Parser::escape(std::string& out) {
  uint32_t begin = offset();
  ++at_;
  char c = at_ < end_ ? *at_ : '\0';
  switch (c) {
    case '"': case '\\': case '/': case '\'':
      if (c == '\'') syntax_error("\\' is no JSON escape; write '", begin, begin + 2);
      out += c;
      ++at_;
      return;
    case 'b': out += '\b'; ++at_; return;
    case 'f': out += '\f'; ++at_; return;
    case 'n': out += '\n'; ++at_; return;
    case 'r': out += '\r'; ++at_; return;
    case 't': out += '\t'; ++at_; return;
    case 'u': break;
    default:
      syntax_error("unknown escape; write \\\\ for a backslash", begin,
                   begin + (at_ < end_ ? 2 : 1));
      out += '\\';
      return;
  }
  ++at_;
  uint32_t code = 0;
  if (!hex4(code)) {
    syntax_error("\\u needs four hexadecimal digits", begin, begin + 2);
    append_utf8(out, 0xFFFD);
    return;
  }
  if (code >= 0xD800 && code < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
    const char* before = at_;
    at_ += 2;
    uint32_t low = 0;
    if (hex4(low) && low >= 0xDC00 && low < 0xE000) {
      append_utf8(out, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
      return;
    }
    at_ = before;
  }
  if (code >= 0xD800 && code < 0xE000) {
    problem(ProblemSeverity::kError, "json-encoding",
            "half of a surrogate pair stands for no character; read as U+FFFD", begin, offset());
    code = 0xFFFD;
  }
  append_utf8(out, code);
}

const Node* Parser::number() {
  const char* from = at_;
  const char* at = at_;
  bool valid = true;
  if (*at == '-') ++at;
  const char* digits = at;
  while (at < end_ && is_digit(*at)) ++at;
  if (at == digits || (*digits == '0' && at - digits > 1)) valid = false;
  if (at < end_ && *at == '.') {
    const char* fraction = ++at;
    while (at < end_ && is_digit(*at)) ++at;
    if (at == fraction) valid = false;
  }
  if (at < end_ && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at < end_ && (*at == '+' || *at == '-')) ++at;
    const char* exponent = at;
    while (at < end_ && is_digit(*at)) ++at;
    if (at == exponent) valid = false;
  }
  if (!valid || (at < end_ && !ends_word(*at) && *at != '/')) return word();
  at_ = at;
  Node* node = make_node(NodeKind::kNumber, offset(from), offset());
  node->text = {from, static_cast<size_t>(at - from)};
  return node;
}

// true, false, null; anything else is kError. Always consumes something.
const Node* Parser::word() {
  const char* from = at_;
  ++at_;
  while (at_ < end_ && !ends_word(*at_)) ++at_;
  std::string_view text(from, static_cast<size_t>(at_ - from));
  NodeKind kind = text == "true" || text == "false" ? NodeKind::kBool
                  : text == "null"                  ? NodeKind::kNull
                                                    : NodeKind::kError;
  if (kind == NodeKind::kError) {
    std::string message = "\"" + std::string(text.substr(0, 80)) + "\" is no JSON value";
    if (text == "True" || text == "False") {
      message += text == "True" ? "; write true" : "; write false";
    } else if (text == "None" || text == "nil" || text == "undefined" || text == "NULL") {
      message += "; write null";
    } else if (is_digit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.') {
      message += "; a number has no leading zeros or plus, and digits on both sides of the point";
    } else if (text[0] == '#') {
      message += "; a comment starts with //";
    } else {
      message += "; write text in double quotes";
    }
    syntax_error(std::move(message), offset(from), offset());
  }
  Node* node = make_node(kind, offset(from), offset());
  node->text = text;
  return node;
}

}  // namespace assay::syntax::json
