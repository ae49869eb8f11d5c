#include "rules/lang/cel/parser.h"

#include <algorithm>

#include "parsers/core/limits.h"
#include "rules/lang/cel/lexer.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {

Expr* Builder::make(ExprKind kind, uint32_t begin, uint32_t end, std::span<Expr* const> args) {
  Expr* expr = arena_.make<Expr>();
  expr->kind = kind;
  expr->begin = begin;
  expr->end = end;
  expr->arg_count = static_cast<uint32_t>(args.size());
  expr->arg_array = arena_.make_array<Expr*>(args.size());
  for (size_t i = 0; i < args.size(); ++i) {
    expr->arg_array[i] = args[i];
    expr->depth = std::max(expr->depth, args[i]->depth + 1);
  }
  if (expr->depth > core::kMaxExpressionDepth) fail(begin, end, "the expression is nested too deeply");
  return expr;
}

Expr* Builder::literal(const Val& value, uint32_t begin, uint32_t end) {
  Expr* expr = make(ExprKind::kLiteral, begin, end);
  expr->literal = value;
  return expr;
}

Expr* Builder::ident(std::string_view name, uint32_t begin, uint32_t end) {
  Expr* expr = make(ExprKind::kIdent, begin, end);
  expr->text = name;
  return expr;
}

Expr* Builder::call(std::string_view function, const Expr& at, std::span<Expr* const> args) {
  Expr* expr = make(ExprKind::kCall, at.begin, at.end, args);
  expr->text = function;
  return expr;
}

Expr* Builder::fail(const Expr& at, std::string message) {
  return fail(at.begin, at.end, std::move(message));
}

Expr* Builder::fail(uint32_t begin, uint32_t end, std::string message) {
  // One message per expression: what follows a mistake is mostly its echo.
  if (issues_.empty()) issues_.push_back({begin, end, std::move(message)});
  return nullptr;
}

std::string qualified_name(const Expr& expr) {
  const Expr* at = &expr;
  std::vector<std::string_view> parts;
  while (at->kind == ExprKind::kSelect && !at->has(kOptionalAccess) && !at->has(kQuotedField)) {
    parts.push_back(at->text);
    at = at->arg(0);
  }
  if (at->kind != ExprKind::kIdent) return {};
  std::string out(at->has(kAbsolute) ? "." : "");
  out += at->text;
  for (size_t i = parts.size(); i-- > 0;) {
    out += '.';
    out += parts[i];
  }
  return out;
}

std::string_view operator_text(Operator op) {
  static constexpr std::string_view kTexts[] = {"",  "&&", "||", "!",  "-", "?:", "==", "!=", "<",
                                                "<=", ">", ">=", "+", "-", "*",  "/",  "%",  "in"};
  return kTexts[static_cast<size_t>(op)];
}

namespace {

class Parser {
 public:
  Parser(std::string_view source, std::span<const MacroDef> macros, core::Arena& arena, Issues& issues)
      : source_(source), lexer_(source, arena, issues), macros_(macros), arena_(arena),
        issues_(issues), build_(arena, issues) {
    advance();
  }

  // Every function below returns null once something failed.
  Expr* whole() {
    Expr* out = expr();
    if (!out) return nullptr;
    if (token_.kind != TokenKind::kEnd) return unexpected("an operator or the end");
    return issues_.empty() ? out : nullptr;
  }

 private:
  void advance() {
    last_end_ = token_.end;
    token_ = lexer_.next();
  }
  bool take(std::string_view punctuation) {
    if (!token_.is(punctuation)) return false;
    advance();
    return true;
  }
  Expr* unexpected(std::string_view wanted) {
    if (token_.kind == TokenKind::kError) return nullptr;
    std::string found = token_.kind == TokenKind::kEnd
                            ? "the expression ends"
                            : "found '" + std::string(source_.substr(token_.begin, token_.end - token_.begin)) + "'";
    return build_.fail(token_.begin, token_.end, found + " where " + std::string(wanted) + " is expected");
  }
  bool expect(std::string_view punctuation) {
    if (take(punctuation)) return true;
    unexpected("'" + std::string(punctuation) + "'");
    return false;
  }

  Expr* expr() {
    if (++depth_ > core::kMaxNesting) {
      return build_.fail(token_.begin, token_.end, "the expression is nested too deeply");
    }
    Expr* out = conditional();
    --depth_;
    return out;
  }

  Expr* conditional() {
    Expr* condition = logical(Operator::kOr);
    if (!condition || !take("?")) return condition;
    Expr* yes = logical(Operator::kOr);
    if (!yes || !expect(":")) return nullptr;
    Expr* no = expr();
    if (!no) return nullptr;
    Expr* args[] = {condition, yes, no};
    return operation(Operator::kConditional, args);
  }

  Expr* operation(Operator op, std::span<Expr* const> args) {
    Expr* out = build_.make(ExprKind::kOperator, args.front()->begin, args.back()->end, args);
    out->op = op;
    return out;
  }
  Expr* operation(Operator op, Expr* a, Expr* b) {
    Expr* args[] = {a, b};
    return operation(op, args);
  }

  // Chains of && and || become balanced trees, so that long ones are not deep.
  Expr* logical(Operator op) {
    std::vector<Expr*> terms;
    do {
      Expr* term = op == Operator::kOr ? logical(Operator::kAnd) : relation();
      if (!term) return nullptr;
      terms.push_back(term);
    } while (take(op == Operator::kOr ? "||" : "&&"));
    return balance(op, terms);
  }
  Expr* balance(Operator op, std::span<Expr* const> terms) {
    if (terms.size() == 1) return terms[0];
    size_t half = (terms.size() + 1) / 2;
    return operation(op, balance(op, terms.first(half)), balance(op, terms.subspan(half)));
  }

  Operator relation_operator() const {
    if (token_.is("==")) return Operator::kEqual;
    if (token_.is("!=")) return Operator::kNotEqual;
    if (token_.is("<")) return Operator::kLess;
    if (token_.is("<=")) return Operator::kLessEqual;
    if (token_.is(">")) return Operator::kGreater;
    if (token_.is(">=")) return Operator::kGreaterEqual;
    if (token_.kind == TokenKind::kIdent && token_.text == "in") return Operator::kIn;
    return Operator::kNone;
  }
  Operator sum_operator() const {
    return token_.is("+") ? Operator::kAdd : token_.is("-") ? Operator::kSubtract : Operator::kNone;
  }
  Operator product_operator() const {
    return token_.is("*")   ? Operator::kMultiply
           : token_.is("/") ? Operator::kDivide
           : token_.is("%") ? Operator::kModulo
                            : Operator::kNone;
  }

  Expr* relation() {
    return chain([this] { return sum(); }, [this] { return relation_operator(); });
  }
  Expr* sum() {
    return chain([this] { return product(); }, [this] { return sum_operator(); });
  }
  Expr* product() {
    return chain([this] { return unary(); }, [this] { return product_operator(); });
  }
  template <typename Operand, typename Next>
  Expr* chain(Operand operand, Next next) {
    Expr* left = operand();
    while (left && !build_.failed()) {
      Operator op = next();
      if (op == Operator::kNone) return left;
      advance();
      Expr* right = operand();
      if (!right) return nullptr;
      left = operation(op, left, right);
    }
    return nullptr;
  }

  Expr* unary() {
    if (!token_.is("!") && !token_.is("-")) return member(nullptr);
    std::string_view sign = token_.text;
    uint32_t begin = token_.begin;
    bool odd = false;
    while (take(sign)) odd = !odd;
    bool number = token_.kind == TokenKind::kInt || token_.kind == TokenKind::kDouble;
    if (sign == "-" && odd && number) {
      Expr* literal = number_literal(true);
      if (!literal) return nullptr;
      literal->begin = begin;
      return member(literal);
    }
    Expr* operand = member(nullptr);
    if (!operand || !odd) return operand;
    Expr* out = operation(sign == "!" ? Operator::kNot : Operator::kNegate, {&operand, 1});
    out->begin = begin;
    return out;
  }

  // Selections, indexes and member calls behind `operand`, or behind the primary read first.
  Expr* member(Expr* operand) {
    if (!operand) operand = primary();
    while (operand && !build_.failed()) {
      if (take(".")) {
        operand = selection(operand);
      } else if (token_.is("[")) {
        advance();
        bool optional = take("?");
        Expr* index = expr();
        if (!index || !expect("]")) return nullptr;
        Expr* args[] = {operand, index};
        operand = build_.make(ExprKind::kIndex, operand->begin, last_end_, args);
        if (optional) operand->flags |= kOptionalAccess;
      } else if (token_.is("{")) {
        return build_.fail(token_.begin, token_.end, "message literals are not supported; write a map {\"field\": value}");
      } else {
        return operand;
      }
    }
    return nullptr;
  }

  Expr* selection(Expr* operand) {
    bool optional = take("?");
    if (token_.kind != TokenKind::kIdent && token_.kind != TokenKind::kQuotedIdent) {
      return unexpected("a field name");
    }
    bool quoted = token_.kind == TokenKind::kQuotedIdent;
    if (!quoted && (token_.text == "true" || token_.text == "false" || token_.text == "null" || token_.text == "in")) {
      return unexpected("a field name");
    }
    std::string_view name = token_.text;
    advance();
    if (!optional && !quoted && token_.is("(")) {
      std::vector<Expr*> args;
      if (!arguments(args)) return nullptr;
      return expand(operand, name, args, operand->begin, false);
    }
    Expr* out = build_.make(ExprKind::kSelect, operand->begin, last_end_, {&operand, 1});
    out->text = name;
    if (optional) out->flags |= kOptionalAccess;
    if (quoted) out->flags |= kQuotedField;
    return out;
  }

  bool arguments(std::vector<Expr*>& out) {
    if (!expect("(")) return false;
    if (take(")")) return true;
    do {
      Expr* argument = expr();
      if (!argument) return false;
      out.push_back(argument);
    } while (take(","));
    return expect(")");
  }

  Expr* expand(Expr* target, std::string_view name, std::vector<Expr*>& args, uint32_t begin, bool absolute) {
    std::vector<Expr*> all;
    if (target) all.push_back(target);
    all.insert(all.end(), args.begin(), args.end());
    Expr* call = build_.make(ExprKind::kCall, begin, last_end_, all);
    call->text = name;
    if (target) call->flags |= kMember;
    if (absolute) call->flags |= kAbsolute;
    if (absolute || build_.failed()) return build_.failed() ? nullptr : call;
    for (const MacroDef& macro : macros_) {
      if (macro.arg_count >= 0 && static_cast<size_t>(macro.arg_count) != args.size()) continue;
      size_t dot = macro.name.rfind('.');
      bool matches;
      if (dot != std::string_view::npos) {
        matches = target && target->kind == ExprKind::kIdent && !target->has(kAbsolute) &&
                  target->text == macro.name.substr(0, dot) && name == macro.name.substr(dot + 1);
      } else {
        matches = macro.name == name && macro.member == (target != nullptr);
      }
      if (!matches) continue;
      Expr* made = macro.expand(build_, call, macro.member ? target : nullptr, args);
      if (!made || build_.failed()) return nullptr;
      if (made != call) return made;
    }
    return call;
  }

  Expr* primary() {
    uint32_t begin = token_.begin;
    switch (token_.kind) {
      case TokenKind::kInt:
      case TokenKind::kUint:
      case TokenKind::kDouble: return number_literal(false);
      case TokenKind::kString:
      case TokenKind::kBytes: {
        Val value = text_val(token_.kind == TokenKind::kString ? Kind::kString : Kind::kBytes, token_.text);
        advance();
        return build_.literal(value, begin, last_end_);
      }
      case TokenKind::kIdent: return name(begin, false);
      case TokenKind::kPunctuation: break;
      default: return unexpected("a value");
    }
    if (take("(")) {
      Expr* inner = expr();
      if (!inner || !expect(")")) return nullptr;
      return inner;
    }
    if (token_.is("[")) return list();
    if (token_.is("{")) return map();
    if (take(".")) {
      if (token_.kind != TokenKind::kIdent) return unexpected("a name");
      return name(begin, true);
    }
    return unexpected("a value");
  }

  Expr* name(uint32_t begin, bool absolute) {
    std::string_view text = token_.text;
    if (!absolute && (text == "true" || text == "false" || text == "null")) {
      advance();
      return build_.literal(text == "null" ? null_val() : bool_val(text == "true"), begin, last_end_);
    }
    if (is_reserved(text)) {
      return build_.fail(token_.begin, token_.end, "'" + std::string(text) + "' is a reserved word");
    }
    advance();
    if (token_.is("(")) {
      std::vector<Expr*> args;
      if (!arguments(args)) return nullptr;
      return expand(nullptr, text, args, begin, absolute);
    }
    Expr* out = build_.ident(text, begin, last_end_);
    if (absolute) out->flags |= kAbsolute;
    return out;
  }

  Expr* number_literal(bool negative) {
    Token token = token_;
    advance();
    if (token.kind == TokenKind::kDouble) {
      auto value = parse_double(token.text);
      if (!value) return build_.fail(token.begin, token.end, "this number is too large for a double");
      return build_.literal(double_val(negative ? -*value : *value), token.begin, token.end);
    }
    uint64_t value = 0;
    bool overflow = false;
    if (token.text.size() > 2 && (token.text[1] | 32) == 'x') {
      for (char c : token.text.substr(2)) {
        overflow = overflow || value >> 60 != 0;
        value = value << 4 | static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
      }
    } else if (auto parsed = parse_uint(token.text)) {
      value = *parsed;
    } else {
      overflow = true;
    }
    uint64_t limit = token.kind == TokenKind::kUint ? UINT64_MAX : negative ? 1ull << 63 : INT64_MAX;
    if (overflow || value > limit) {
      return build_.fail(token.begin, token.end, "this number does not fit into 64 bits");
    }
    if (token.kind == TokenKind::kUint) return build_.literal(uint_val(value), token.begin, token.end);
    return build_.literal(int_val(static_cast<int64_t>(negative ? 0 - value : value)), token.begin, token.end);
  }

  // Room for the "?" marks when there is one.
  const bool* marks(const std::vector<uint8_t>& optional) {
    if (std::find(optional.begin(), optional.end(), 1) == optional.end()) return nullptr;
    bool* out = arena_.make_array<bool>(optional.size());
    std::copy(optional.begin(), optional.end(), out);
    return out;
  }

  Expr* list() {
    uint32_t begin = token_.begin;
    advance();
    std::vector<Expr*> items;
    std::vector<uint8_t> optional;
    while (!token_.is("]")) {
      optional.push_back(take("?"));
      Expr* item = expr();
      if (!item) return nullptr;
      items.push_back(item);
      if (!take(",")) break;
    }
    if (!expect("]")) return nullptr;
    Expr* out = build_.make(ExprKind::kList, begin, last_end_, items);
    out->optional_array = marks(optional);
    return out;
  }

  Expr* map() {
    uint32_t begin = token_.begin;
    advance();
    std::vector<Expr*> parts;
    std::vector<uint8_t> optional;
    while (!token_.is("}")) {
      optional.push_back(take("?"));
      Expr* key = expr();
      if (!key || !expect(":")) return nullptr;
      Expr* value = expr();
      if (!value) return nullptr;
      parts.push_back(key);
      parts.push_back(value);
      if (!take(",")) break;
    }
    if (!expect("}")) return nullptr;
    Expr* out = build_.make(ExprKind::kMap, begin, last_end_, parts);
    out->optional_array = marks(optional);
    return out;
  }

  std::string_view source_;
  Lexer lexer_;
  std::span<const MacroDef> macros_;
  core::Arena& arena_;
  Issues& issues_;
  Builder build_;
  Token token_;
  uint32_t last_end_ = 0;
  uint32_t depth_ = 0;
};

}  // namespace

Expr* parse(std::string_view source, std::span<const MacroDef> macros, core::Arena& arena, Issues& issues) {
  if (source.size() > core::kMaxStringBytes) {
    issues.push_back({0, 0, "the expression is too long"});
    return nullptr;
  }
  Expr* out = Parser(source, macros, arena, issues).whole();
  return issues.empty() ? out : nullptr;
}

}  // namespace assay::rules::cel
