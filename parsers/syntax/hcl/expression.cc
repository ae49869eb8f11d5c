// Expressions: precedence climbing over operators, then terms and their traversals. Reference:
// hclsyntax specification, "Expressions"; conditionals are right-associative.
#include "parsers/syntax/hcl/parser.h"

namespace assay::syntax::hcl {
namespace {
using T = TokenType;

// Binding strength of a binary operator, 0 for anything else.
int precedence(TokenType type) {
  switch (type) {
    case T::kOr:
      return 1;
    case T::kAnd:
      return 2;
    case T::kEqualEqual:
    case T::kNotEqual:
      return 3;
    case T::kLess:
    case T::kLessEqual:
    case T::kGreater:
    case T::kGreaterEqual:
      return 4;
    case T::kPlus:
    case T::kMinus:
      return 5;
    case T::kStar:
    case T::kSlash:
    case T::kPercent:
      return 6;
    default:
      return 0;
  }
}

// Digits, a fraction and an exponent, each once.
bool is_number(std::string_view text) {
  size_t at = 0;
  auto digits = [&] {
    size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > from;
  };
  if (!digits()) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits();
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

}  // namespace

bool Parser::read_expression() {
  if (!enter()) return false;
  size_t mark = stack_.size();
  uint32_t begin = peek().begin;
  if (!read_binary(1)) return false;
  if (peek_type() == T::kQuestion) {
    take();
    if (!read_expression()) return false;
    if (peek_type() != T::kColon) {
      return fail_at(token_,
                     "a conditional needs both results (condition ? a : b); \":\" is "
                     "expected here, not " +
                         describe(token_));
    }
    take();
    if (!read_expression()) return false;
    if (!reduce(NodeKind::kConditional, mark, begin, previous_end_)) return false;
  }
  leave();
  return true;
}

bool Parser::read_binary(int minimum) {
  size_t mark = stack_.size();
  uint32_t begin = peek().begin;
  if (!read_operand()) return false;
  for (;;) {
    int strength = precedence(peek_type());
    if (strength < minimum || strength == 0) return true;
    Token op = take();
    if (!read_binary(strength + 1)) return false;
    if (!reduce(NodeKind::kBinary, mark, begin, previous_end_, text_of(op))) return false;
  }
}

// A term with its traversals, or a sign before one.
bool Parser::read_operand() {
  size_t mark = stack_.size();
  Token start = peek();
  if (start.type == T::kMinus || start.type == T::kBang) {
    if (!enter()) return false;
    take();
    if (!read_operand()) return false;
    leave();
    return reduce(NodeKind::kUnary, mark, start.begin, previous_end_, text_of(start));
  }
  return read_term() && read_traversals(mark, start.begin);
}

bool Parser::read_term() {
  Token start = peek();
  switch (start.type) {
    case T::kIdentifier:
      return read_identifier();
    case T::kNumber:
      return read_number();
    case T::kQuote:
      return read_quoted();
    case T::kHeredoc:
      return read_heredoc();
    case T::kLeftBracket:
      return read_tuple();
    case T::kLeftBrace:
      return read_object();
    case T::kLeftParen: {
      size_t mark = stack_.size();
      bool outer = newlines_;
      newlines_ = false;
      take();
      if (!read_expression()) return false;
      if (peek_type() != T::kRightParen) {
        return fail_at(token_, "the parenthesis is not closed; \")\" is expected here, not " +
                                   describe(token_));
      }
      take();
      newlines_ = outer;
      return reduce(NodeKind::kParentheses, mark, start.begin, previous_end_);
    }
    case T::kNewline:
      return fail_at(start,
                     "a value is missing before the end of the line; an expression over "
                     "several lines must stand in parentheses");
    case T::kEnd:
      return fail_at(start, "a value is missing before the end of the text");
    case T::kLess:
      return fail_at(start,
                     "a value is expected here, not \"<\"; a heredoc is opened by <<NAME "
                     "alone at the end of its line, without quotes or comments");
    case T::kPlus:
      return fail_at(start, "numbers have no plus sign in HCL; remove the \"+\"");
    case T::kDot:
      return fail_at(start,
                     "a value is expected here, not \".\"; numbers need a digit before the "
                     "point");
    default:
      return fail_at(start, "a value is expected here, not " + describe(start));
  }
}

bool Parser::read_number() {
  Token token = take();
  if (!is_number(text_of(token))) {
    complain("hcl-number", "\"" + std::string(text_of(token).substr(0, 60)) + "\" is not a number",
             token.begin, token.end);
  }
  return leaf(NodeKind::kNumber, token);
}

bool Parser::read_identifier() {
  Token token = take();
  TokenType following = peek_type();
  if (following == T::kLeftParen || following == T::kDoubleColon) return read_call(token);
  std::string_view name = text_of(token);
  NodeKind kind = NodeKind::kVariable;
  if (name == "true" || name == "false") {
    kind = NodeKind::kBool;
  } else if (name == "null") {
    kind = NodeKind::kNull;
  }
  return leaf(kind, token);
}

bool Parser::read_call(const Token& first) {
  size_t mark = stack_.size();
  std::string_view name = text_of(first);
  std::string joined;
  while (peek_type() == T::kDoubleColon) {
    take();
    Token part = peek();
    if (part.type != T::kIdentifier) {
      return fail_at(part, "a function name is expected after \"::\", not " + describe(part));
    }
    if (joined.empty()) joined = name;
    joined.append("::").append(text_of(part));
    take();
  }
  if (!joined.empty()) {
    std::string_view written = text_.substr(first.begin, previous_end_ - first.begin);
    name = written == joined ? written : tree_.arena.copy(std::string_view(joined));
  }
  if (peek_type() != T::kLeftParen) {
    return fail_at(token_,
                   "\"(\" is expected after the name of a function, not " + describe(token_));
  }
  bool outer = newlines_;
  newlines_ = false;
  take();
  uint16_t flags = 0;
  while (peek_type() != T::kRightParen) {
    if (!read_expression()) return false;
    TokenType separator = peek_type();
    if (separator == T::kComma) {
      take();
      continue;
    }
    if (separator == T::kEllipsis) {
      take();
      flags |= kExpand;
      if (peek_type() != T::kRightParen) {
        return fail_at(token_,
                       "an expanded argument (with \"...\") must be the last, followed by "
                       "\")\", not " +
                           describe(token_));
      }
      break;
    }
    if (separator == T::kRightParen) break;
    return fail_at(token_,
                   "arguments are separated by commas; \",\" or \")\" is expected here, "
                   "not " +
                       describe(token_));
  }
  take();
  newlines_ = outer;
  return reduce(NodeKind::kCall, mark, first.begin, previous_end_, name, flags);
}

bool Parser::read_tuple() {
  size_t mark = stack_.size();
  bool outer = newlines_;
  newlines_ = false;
  Token open = take();
  if (is_keyword(peek(), "for")) {
    if (!read_for(open, false)) return false;
    newlines_ = outer;
    return true;
  }
  while (peek_type() != T::kRightBracket) {
    if (!read_expression()) return false;
    TokenType separator = peek_type();
    if (separator == T::kComma) {
      take();
    } else if (separator != T::kRightBracket) {
      return fail_at(token_,
                     "list items are separated by commas; \",\" or \"]\" is expected here, "
                     "not " +
                         describe(token_));
    }
  }
  take();
  newlines_ = outer;
  return reduce(NodeKind::kTuple, mark, open.begin, previous_end_);
}

bool Parser::read_object() {
  size_t mark = stack_.size();
  bool outer = newlines_;
  newlines_ = false;
  Token open = take();
  if (is_keyword(peek(), "for")) {
    if (!read_for(open, true)) return false;
    newlines_ = outer;
    return true;
  }
  newlines_ = true;  // a line break separates items, even within brackets around the object
  for (;;) {
    TokenType type = peek_type();
    if (type == T::kNewline) {
      take();
      continue;
    }
    if (type == T::kRightBrace) break;
    if (!read_object_item()) return false;
    type = peek_type();
    if (type == T::kComma || type == T::kNewline) {
      take();
    } else if (type != T::kRightBrace) {
      return fail_at(token_,
                     "object items are separated by line breaks or commas; one is expected "
                     "here, not " +
                         describe(token_));
    }
  }
  take();
  newlines_ = outer;
  return reduce(NodeKind::kObject, mark, open.begin, previous_end_);
}

bool Parser::read_object_item() {
  size_t mark = stack_.size();
  Token start = peek();
  uint16_t flags = start.type == T::kLeftParen ? kParenthesised : 0;
  if (!read_expression()) return false;
  if (start.type == T::kQuote && stack_.back().node->kind == NodeKind::kTemplate) flags |= kQuoted;
  if (peek_type() != T::kEqual && token_.type != T::kColon) {
    return fail_at(token_, "\"=\" and a value are expected after the key of an object, not " +
                               describe(token_) + "; a key with dots or spaces must be quoted");
  }
  take();
  return read_expression() &&
         reduce(NodeKind::kObjectItem, mark, start.begin, previous_end_, {}, flags);
}

// Behind "[" or "{", at "for". Line breaks mean nothing in here.
bool Parser::read_for(const Token& open, bool object) {
  size_t mark = stack_.size();
  take();  // for
  for (int names = 0;;) {
    Token name = peek();
    if (name.type != T::kIdentifier) {
      return fail_at(name, "the name of a variable is expected in \"for\", not " + describe(name));
    }
    take();
    if (!leaf(NodeKind::kLabel, name)) return false;
    if (++names == 2 || peek_type() != T::kComma) break;
    take();
  }
  if (!is_keyword(peek(), "in")) {
    return fail_at(token_, "\"in\" is expected after the one or two names of \"for\", not " +
                               describe(token_));
  }
  take();
  if (!read_expression()) return false;
  if (peek_type() != T::kColon) {
    return fail_at(token_,
                   "\":\" is expected after the collection of \"for\", not " + describe(token_));
  }
  take();
  if (!read_expression()) return false;
  uint16_t flags = 0;
  if (object) {
    if (peek_type() != T::kFatArrow) {
      return fail_at(token_,
                     "a \"for\" that makes an object needs key => value; \"=>\" is expected "
                     "here, not " +
                         describe(token_));
    }
    take();
    if (!read_expression()) return false;
    if (peek_type() == T::kEllipsis) {
      take();
      flags |= kGroup;
    }
  } else if (peek_type() == T::kFatArrow || token_.type == T::kEllipsis) {
    return fail_at(token_, "a \"for\" that makes a list has one value and no " + describe(token_) +
                               "; use { } to make an object");
  }
  if (is_keyword(peek(), "if")) {
    take();
    if (!read_expression()) return false;
    flags |= kHasCondition;
  }
  if (peek_type() != (object ? T::kRightBrace : T::kRightBracket)) {
    return fail_at(token_, std::string("\"") + (object ? "}" : "]") +
                               "\" is expected at the end of \"for\", not " + describe(token_));
  }
  take();
  return reduce(object ? NodeKind::kForObject : NodeKind::kForTuple, mark, open.begin,
                previous_end_, {}, flags);
}

// The entry at `mark` is the term; every step wraps it.
bool Parser::read_traversals(size_t mark, uint32_t begin) {
  for (;;) {
    TokenType type = peek_type();
    if (type == T::kDot) {
      if (!read_dot(mark, begin)) return false;
    } else if (type == T::kLeftBracket) {
      if (!read_index(mark, begin)) return false;
    } else {
      return true;
    }
  }
}

bool Parser::read_dot(size_t mark, uint32_t begin) {
  Token dot = take();
  Token step = peek();
  if (step.type == T::kIdentifier) {
    take();
    return reduce(NodeKind::kGetAttr, mark, begin, previous_end_, text_of(step));
  }
  if (step.type == T::kNumber) return read_legacy_index(mark, begin);
  if (step.type == T::kStar) return read_attribute_splat(mark, begin, dot.begin);
  return fail_at(step, "the name of an attribute is expected after \".\", not " + describe(step));
}

bool Parser::read_legacy_index(size_t mark, uint32_t begin) {
  Token number = take();
  std::string_view text = text_of(number);
  size_t dot = text.find('.');
  if (dot != std::string_view::npos) {
    complain("hcl-legacy-index",
             "two indexes in a row cannot be written with dots; write [" +
                 std::string(text.substr(0, dot)) + "][" + std::string(text.substr(dot + 1)) + "]",
             number.begin, number.end);
  } else if (!is_number(text)) {
    complain("hcl-number", "\"" + std::string(text.substr(0, 60)) + "\" is not a number",
             number.begin, number.end);
  }
  return leaf(NodeKind::kNumber, number) &&
         reduce(NodeKind::kIndex, mark, begin, previous_end_, {}, kLegacy);
}

// Behind a dot, at "*": attribute steps that follow belong to each element, others to the result.
bool Parser::read_attribute_splat(size_t mark, uint32_t begin, uint32_t dot) {
  take();
  size_t item = stack_.size();
  if (!reduce(NodeKind::kSplatItem, item, dot, previous_end_)) return false;
  while (peek_type() == T::kDot) {
    take();
    Token step = peek();
    if (step.type == T::kIdentifier) {
      take();
      if (!reduce(NodeKind::kGetAttr, item, dot, previous_end_, text_of(step))) return false;
    } else if (step.type == T::kNumber) {
      if (!read_legacy_index(item, dot)) return false;
    } else if (step.type == T::kStar) {
      return fail_at(step, "a .* cannot stand within another; write [*] for both");
    } else {
      return fail_at(step,
                     "the name of an attribute is expected after \".\", not " + describe(step));
    }
  }
  return reduce(NodeKind::kAttrSplat, mark, begin, previous_end_);
}

bool Parser::read_index(size_t mark, uint32_t begin) {
  Token open = take();
  if (peek_type() == T::kStar) {
    take();
    if (peek_type() != T::kRightBracket) {
      return fail_at(token_, "\"]\" is expected right after \"[*\", not " + describe(token_));
    }
    take();
    size_t item = stack_.size();
    if (!enter() || !reduce(NodeKind::kSplatItem, item, open.begin, previous_end_) ||
        !read_traversals(item, open.begin)) {
      return false;
    }
    leave();
    return reduce(NodeKind::kSplat, mark, begin, previous_end_);
  }
  bool outer = newlines_;
  newlines_ = false;
  if (!read_expression()) return false;
  if (peek_type() != T::kRightBracket) {
    return fail_at(token_, "\"]\" is expected after an index, not " + describe(token_));
  }
  take();
  newlines_ = outer;
  return reduce(NodeKind::kIndex, mark, begin, previous_end_);
}

}  // namespace assay::syntax::hcl
