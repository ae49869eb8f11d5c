#include "parsers/formats/arm/expression.h"

#include <vector>

#include "parsers/core/text.h"

namespace assay::formats::arm {
namespace {

using Kind = Expression::Kind;

bool starts_name(char c) { return core::is_alpha(c) || c == '_'; }
bool continues_name(char c) { return starts_name(c) || core::is_digit(c); }

class Parser {
 public:
  Parser(std::string_view text, core::Arena& arena)
      : text_(text), arena_(arena), at_(1), end_(static_cast<uint32_t>(text.size()) - 1) {}

  ParsedExpression parse() {
    ParsedExpression out;
    out.root = expression(0);
    skip_space();
    if (out.root && at_ < end_) {
      out.root = nullptr;
      fail("there is something behind the end of the expression", at_, end_);
    }
    if (!out.root) {
      out.error = std::move(error_);
      out.begin = error_begin_;
      out.end = error_end_;
    }
    return out;
  }

 private:
  const Expression* expression(uint32_t depth) {
    if (depth > kMaxExpressionNesting) {
      return fail("the expression is nested too deeply", at_, at_ + 1);
    }
    const Expression* made = primary(depth);
    while (made) {
      skip_space();
      if (peek() == '.') {
        ++at_;
        skip_space();
        uint32_t begin = at_;
        std::string_view name = take_name();
        if (name.empty()) return fail("a property name must follow the dot", begin, begin + 1);
        made = node(Kind::kProperty, name, made->begin, {made});
      } else if (peek() == '[') {
        ++at_;
        const Expression* index = expression(depth + 1);
        if (!index) return nullptr;
        skip_space();
        if (peek() != ']') return fail("the bracket is not closed: ] is missing", at_, at_ + 1);
        ++at_;
        made = node(Kind::kIndex, {}, made->begin, {made, index});
      } else {
        break;
      }
    }
    return made;
  }

  const Expression* primary(uint32_t depth) {
    skip_space();
    uint32_t begin = at_;
    char c = peek();
    if (c == '\'') return text_literal();
    if (core::is_digit(c) || c == '-' || c == '+') return number();
    if (!starts_name(c)) {
      if (at_ >= end_) return fail("the expression ends too early", begin, begin + 1);
      if (c == '"') return fail("texts in expressions stand in single quotes", begin, begin + 1);
      return fail("a function call, a text in single quotes or a number is expected here", begin, begin + 1);
    }
    std::string_view name = take_name();
    skip_space();
    if (peek() == '.') {
      // A function of the template's own: "contoso.name(...)".
      uint32_t back = at_;
      ++at_;
      std::string_view member = take_name();
      skip_space();
      if (member.empty() || peek() != '(') {
        at_ = back;
        return bare(name, begin);
      }
      std::string joined(name);
      joined.append(1, '.').append(member);
      name = arena_.copy(std::string_view(joined));
    }
    if (peek() != '(') return bare(name, begin);
    ++at_;
    std::vector<const Expression*> arguments;
    skip_space();
    while (peek() != ')') {
      const Expression* argument = expression(depth + 1);
      if (!argument) return nullptr;
      arguments.push_back(argument);
      skip_space();
      if (peek() == ',') {
        ++at_;
        skip_space();
        if (peek() == ')') return fail("an argument must follow the comma", at_, at_ + 1);
      } else if (peek() != ')') {
        return fail(at_ >= end_ ? "the call is not closed: ) is missing" : "arguments are separated by commas", at_,
                    at_ + 1);
      }
    }
    ++at_;
    return node(Kind::kCall, name, begin, arguments);
  }

  const Expression* bare(std::string_view name, uint32_t begin) {
    std::string message = "\"" + std::string(name) + "\" is no call: write " + std::string(name) + "()";
    bool constant = core::equals_ignoring_case(name, "true") || core::equals_ignoring_case(name, "false") ||
                    core::equals_ignoring_case(name, "null");
    if (!constant) message += ", or '" + std::string(name) + "' for a text";
    return fail(std::move(message), begin, begin + static_cast<uint32_t>(name.size()));
  }

  const Expression* text_literal() {
    uint32_t begin = at_++;
    std::string decoded;
    bool escaped = false;
    uint32_t run = at_;
    while (true) {
      if (at_ >= end_) return fail("the text is not closed: ' is missing", begin, end_);
      if (text_[at_] != '\'') {
        ++at_;
        continue;
      }
      if (at_ + 1 < end_ && text_[at_ + 1] == '\'') {
        decoded.append(text_.substr(run, at_ + 1 - run));
        escaped = true;
        at_ += 2;
        run = at_;
        continue;
      }
      break;
    }
    std::string_view content = text_.substr(run, at_ - run);
    if (escaped) {
      decoded.append(content);
      content = arena_.copy(std::string_view(decoded));
    }
    ++at_;
    return node(Kind::kText, content, begin, {});
  }

  const Expression* number() {
    uint32_t begin = at_;
    if (peek() == '-' || peek() == '+') ++at_;
    uint32_t digits = at_;
    while (core::is_digit(peek())) ++at_;
    if (digits == at_ || peek() == '.') {
      return fail("expressions have whole numbers only", begin, at_ + 1);
    }
    return node(Kind::kInteger, text_.substr(begin, at_ - begin), begin, {});
  }

  const Expression* node(Kind kind, std::string_view text, uint32_t begin,
                         const std::vector<const Expression*>& children) {
    Expression made;
    made.kind = kind;
    made.text = text;
    made.begin = begin;
    made.end = at_;
    made.child_array = arena_.copy(children).data();
    made.child_count = static_cast<uint32_t>(children.size());
    return arena_.make<Expression>(made);
  }

  const Expression* fail(std::string message, uint32_t begin, uint32_t end) {
    if (error_.empty()) {
      error_ = std::move(message);
      error_begin_ = begin;
      error_end_ = end;
    }
    return nullptr;
  }

  std::string_view take_name() {
    uint32_t begin = at_;
    if (at_ < end_ && starts_name(text_[at_])) {
      while (at_ < end_ && continues_name(text_[at_])) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  void skip_space() {
    while (at_ < end_ && core::is_space(text_[at_])) ++at_;
  }
  char peek() const { return at_ < end_ ? text_[at_] : '\0'; }

  std::string_view text_;
  core::Arena& arena_;
  uint32_t at_, end_;  // between the brackets
  std::string error_;
  uint32_t error_begin_ = 0, error_end_ = 0;
};

}  // namespace

TextKind text_kind(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return TextKind::kLiteral;
  return text[1] == '[' ? TextKind::kEscaped : TextKind::kExpression;
}

ParsedExpression parse_expression(std::string_view text, core::Arena& arena) {
  return Parser(text, arena).parse();
}

}  // namespace assay::formats::arm
