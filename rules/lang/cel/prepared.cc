#include "rules/lang/cel/prepared.h"

#include <algorithm>
#include <cstring>

#include "parsers/core/limits.h"

namespace assay::rules::cel {
namespace {

// Parts of a node that are written only where they are there.
enum Part : uint8_t { kText = 1, kVariable = 2, kVariable2 = 4, kMarks = 8 };

struct Writer {
  std::string out;
  bool good = true;

  void byte(uint8_t value) { out += static_cast<char>(value); }
  void number(uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<uint8_t>(value | 0x80));
      value >>= 7;
    }
    byte(static_cast<uint8_t>(value));
  }
  void text(std::string_view value) {
    number(value.size());
    out += value;
  }
  void raw(const void* value, size_t size) { out.append(static_cast<const char*>(value), size); }

  void literal(const Val& value) {
    byte(static_cast<uint8_t>(value.kind));
    switch (value.kind) {
      case Kind::kNull: return;
      case Kind::kBool: return byte(value.boolean);
      case Kind::kInt:
      case Kind::kUint:
      case Kind::kDouble: return raw(&value.natural, sizeof value.natural);
      case Kind::kString:
      case Kind::kBytes: return text(value.text());
      default: good = false;
    }
  }

  void node(const Expr& expr) {
    byte(static_cast<uint8_t>(expr.kind));
    byte(static_cast<uint8_t>(expr.op));
    byte(static_cast<uint8_t>(expr.macro));
    byte(expr.flags);
    number(expr.begin);
    number(expr.end);
    size_t marks = expr.kind == ExprKind::kMap ? expr.arg_count / 2 : expr.arg_count;
    byte(static_cast<uint8_t>((expr.text.empty() ? 0 : kText) | (expr.variable.empty() ? 0 : kVariable) |
                              (expr.variable2.empty() ? 0 : kVariable2) | (expr.optional_array ? kMarks : 0)));
    if (!expr.text.empty()) text(expr.text);
    if (!expr.variable.empty()) text(expr.variable);
    if (!expr.variable2.empty()) text(expr.variable2);
    if (expr.kind == ExprKind::kLiteral) literal(expr.literal);
    number(expr.arg_count);
    for (size_t i = 0; expr.optional_array && i < marks; ++i) byte(expr.optional_array[i]);
    for (const Expr* arg : expr.args()) node(*arg);
  }
};

struct Reader {
  std::string_view rest;
  core::Arena& arena;
  bool good = true;

  uint8_t byte() {
    if (rest.empty()) return good = false, 0;
    auto value = static_cast<uint8_t>(rest.front());
    rest.remove_prefix(1);
    return value;
  }
  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      uint8_t next = byte();
      value |= static_cast<uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    return good = false, 0;
  }
  std::string_view text() {
    uint64_t size = number();
    if (size > rest.size()) return good = false, std::string_view();
    std::string_view value = rest.substr(0, size);
    rest.remove_prefix(size);
    return value;
  }

  Val literal() {
    auto kind = static_cast<Kind>(byte());
    Val value;
    value.kind = kind;
    switch (kind) {
      case Kind::kNull: return value;
      case Kind::kBool: return bool_val(byte() != 0);
      case Kind::kInt:
      case Kind::kUint:
      case Kind::kDouble:
        if (rest.size() < sizeof value.natural) return good = false, Val();
        std::memcpy(&value.natural, rest.data(), sizeof value.natural);
        rest.remove_prefix(sizeof value.natural);
        return value;
      case Kind::kString:
      case Kind::kBytes: return text_val(kind, text());
      default: return good = false, Val();
    }
  }

  // Never null; `good` says whether it is whole.
  Expr* node(uint32_t depth) {
    Expr* expr = arena.make<Expr>();
    uint8_t kind = byte(), op = byte(), macro = byte();
    if (depth > core::kMaxExpressionDepth || kind > static_cast<uint8_t>(ExprKind::kBind) ||
        op > static_cast<uint8_t>(Operator::kIn) || macro > static_cast<uint8_t>(Macro::kOptFlatMap)) {
      good = false;
      return expr;
    }
    expr->kind = static_cast<ExprKind>(kind);
    expr->op = static_cast<Operator>(op);
    expr->macro = static_cast<Macro>(macro);
    expr->flags = byte();
    expr->begin = static_cast<uint32_t>(number());
    expr->end = static_cast<uint32_t>(number());
    uint8_t parts = byte();
    if (parts & kText) expr->text = text();
    if (parts & kVariable) expr->variable = text();
    if (parts & kVariable2) expr->variable2 = text();
    if (expr->kind == ExprKind::kLiteral) expr->literal = literal();
    uint64_t count = number();
    if (!good || count > rest.size()) {
      good = false;
      return expr;
    }
    if (parts & kMarks) {
      size_t marks = expr->kind == ExprKind::kMap ? count / 2 : count;
      bool* optional = arena.make_array<bool>(marks);
      for (size_t i = 0; i < marks; ++i) optional[i] = byte() != 0;
      expr->optional_array = optional;
    }
    Expr** args = arena.make_array<Expr*>(count);
    expr->arg_array = args;
    for (uint64_t i = 0; i < count && good; ++i) {
      args[i] = node(depth + 1);
      expr->arg_count = static_cast<uint32_t>(i + 1);
      expr->depth = std::max(expr->depth, args[i]->depth + 1);
    }
    return expr;
  }
};

}  // namespace

std::string write_tree(const Expr& expr) {
  Writer writer;
  writer.node(expr);
  return writer.good ? std::move(writer.out) : std::string();
}

Expr* read_tree(std::string_view bytes, core::Arena& arena) {
  Reader reader{bytes, arena};
  Expr* expr = reader.node(1);
  return reader.good && reader.rest.empty() ? expr : nullptr;
}

}  // namespace assay::rules::cel
