#include "parsers/core/limits.h"
#include "parsers/formats/terraform/evaluator.h"

namespace assay::formats::terraform {

using core::Number;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Relation;
using model::TypeKind;
using model::Value;
using syntax::Node;

namespace {

constexpr size_t kLongestId = 240;

// What stands behind the "#" of an unknown's id, or the literal: how a derived id spells an operand.
// Empty when the operand has no identity.
std::string spelled(const Value& value) {
  if (!value.is_unknown()) return literal_text(value);
  std::string_view id = value.unknown().id.text();
  size_t hash = id.find('#');
  return std::string(hash == std::string_view::npos ? id : id.substr(hash + 1));
}

std::string derived_id(const std::string& prefix, const Value& a, std::string_view op, const Value& b) {
  std::string left = spelled(a), right = spelled(b);
  if (left.empty() || right.empty() || left.size() + right.size() > kLongestId) return {};
  return prefix + "(" + left + " " + std::string(op) + " " + right + ")";
}

enum class Numeric : uint8_t { kNumber, kUnknown, kBad };

Numeric to_number(const Value& value, core::Arena& arena, Number* out) {
  if (value.is_number()) {
    *out = value.number();
    return Numeric::kNumber;
  }
  if (value.is_string()) {
    auto parsed = Number::parse(value.text(), arena);
    if (!parsed) return Numeric::kBad;
    *out = *parsed;
    return Numeric::kNumber;
  }
  if (value.is_unknown()) {
    const model::Type* type = value.unknown().type;
    bool possible = !type || type->kind == TypeKind::kDynamic || type->kind == TypeKind::kNumber ||
                    type->kind == TypeKind::kString;
    return possible ? Numeric::kUnknown : Numeric::kBad;
  }
  return Numeric::kBad;
}

bool may_be(const model::Type* type, const Value& known) {
  if (!type || type->kind == TypeKind::kDynamic) return true;
  switch (known.kind) {
    case model::ValueKind::kBool: return type->kind == TypeKind::kBool;
    case model::ValueKind::kNumber: return type->kind == TypeKind::kNumber;
    case model::ValueKind::kString: return type->kind == TypeKind::kString;
    default: return !type->is_primitive();
  }
}

}  // namespace

Value Evaluator::from_guard(Guard guard) {
  if (guard == kAlways) return model::bool_value(true);
  if (guard == kNever) return model::bool_value(false);
  model::Alternative both[] = {{guard, model::bool_value(true)},
                               {root_.guards.negate(guard), model::bool_value(false)}};
  return alternatives_value(both, root_.guards, root_.arena);
}

Value Evaluator::unary(const Node& node, const Scope& scope) {
  if (node.child_count < 1) return fail("missing operand", span_of(node, scope));
  Value operand = evaluate(*node.child(0), scope);
  core::Span span = span_of(node, scope);
  if (node.text == "!") {
    if (is_error(operand)) return operand;
    Condition condition = condition_of(operand, span);
    if (condition.errors == kAlways) return fail("\"!\" needs a bool", span);
    ErrorLift lift(root_.guards, root_.arena);
    lift.add(condition.errors, condition.error);
    return with_marks(lift.finish(from_guard(root_.guards.negate(condition.holds))), condition.marks);
  }
  return map_one(operand, root_.guards, root_.arena, [&](const Value& value) -> Value {
    Number number;
    switch (to_number(value, root_.arena, &number)) {
      case Numeric::kNumber:
        return with_marks(model::number_value(Number::negate(number, root_.arena), root_.arena), value.marks);
      case Numeric::kUnknown: {
        std::string text = spelled(value);
        return derived_unknown(text.empty() ? text : id_prefix_ + "(-" + text + ")",
                               model::number_type(), {&value, 1}, root_.guards, root_.arena);
      }
      default: return fail("\"-\" needs a number", span);
    }
  });
}

Value Evaluator::binary(const Node& node, const Scope& scope) {
  if (node.child_count < 2) return fail("missing operand", span_of(node, scope));
  std::string_view op = node.text;
  if (op == "&&" || op == "||") return logical(node, scope);
  Value a = evaluate(*node.child(0), scope);
  if (is_error(a)) return a;
  Value b = evaluate(*node.child(1), scope);
  core::Span span = span_of(node, scope);
  uint8_t marks = a.marks | b.marks;
  Value result = map_pair(a, b, root_.guards, root_.arena, [&](const Value& x, const Value& y) -> Value {
    Value out = op == "==" || op == "!="                ? equality(x, y, op == "!=", span)
                : op[0] == '<' || op[0] == '>' ? compare(op, x, y, span)
                                               : arithmetic(op, x, y, span);
    return is_error(out) ? out : with_marks(out, x.marks | y.marks);
  });
  return is_error(result) ? result : with_marks(result, marks);
}

// && and || as Terraform will have them: the right side counts only where the left one does not
// decide, and a known right side decides against an unknown left one.
Value Evaluator::logical(const Node& node, const Scope& scope) {
  bool conjunction = node.text == "&&";
  core::Span span = span_of(node, scope);
  Value left = evaluate(*node.child(0), scope);
  if (is_error(left)) return left;
  Condition a = condition_of(left, span_of(*node.child(0), scope));
  if (a.errors == kAlways) return a.error;
  model::Guards& guards = root_.guards;
  Guard settled = conjunction ? guards.both(guards.negate(a.holds), guards.negate(a.errors)) : a.holds;
  if (settled == kAlways) return with_marks(model::bool_value(!conjunction), a.marks);
  Value right = evaluate(*node.child(1), scope);
  Condition b;
  if (is_error(right)) {
    b.errors = kAlways;
    b.error = right;
  } else {
    b = condition_of(right, span_of(*node.child(1), scope));
  }
  Guard holds = conjunction ? guards.both(a.holds, b.holds) : guards.either(a.holds, b.holds);
  ErrorLift lift(guards, root_.arena);
  lift.add(a.errors, a.error);
  lift.add(guards.both(guards.negate(settled), b.errors), b.error);
  Value result = lift.finish(lift.failed() ? Value{} : from_guard(holds));
  (void)span;
  return is_error(result) ? result : with_marks(result, a.marks | b.marks);
}

Value Evaluator::arithmetic(std::string_view op, const Value& a, const Value& b, core::Span span) {
  Number x, y;
  Numeric left = to_number(a, root_.arena, &x);
  Numeric right = to_number(b, root_.arena, &y);
  if (left == Numeric::kBad || right == Numeric::kBad) {
    return fail("\"" + std::string(op) + "\" needs two numbers", span);
  }
  if (left == Numeric::kUnknown || right == Numeric::kUnknown) {
    Value both[] = {a, b};
    Value out = derived_unknown(derived_id(id_prefix_, a, op, b), model::number_type(), both,
                                root_.guards, root_.arena);
    model::Unknown copy = out.unknown();
    copy.not_null = true;
    return unknown_value(copy, root_.arena);
  }
  std::optional<Number> result;
  switch (op[0]) {
    case '+': result = Number::add(x, y, root_.arena); break;
    case '-': result = Number::subtract(x, y, root_.arena); break;
    case '*': result = Number::multiply(x, y, root_.arena); break;
    case '/': result = Number::divide(x, y, root_.arena); break;
    default: result = Number::remainder(x, y, root_.arena); break;
  }
  if (!result) {
    // Terraform computes an infinity here, which nothing can use.
    Value both[] = {a, b};
    return derived_unknown("", model::number_type(), both, root_.guards, root_.arena);
  }
  return model::number_value(*result, root_.arena);
}

Value Evaluator::compare(std::string_view op, const Value& a, const Value& b, core::Span span) {
  Number x, y;
  Numeric left = to_number(a, root_.arena, &x);
  Numeric right = to_number(b, root_.arena, &y);
  if (left == Numeric::kBad || right == Numeric::kBad) {
    return fail("\"" + std::string(op) + "\" compares numbers", span);
  }
  if (left == Numeric::kNumber && right == Numeric::kNumber) {
    auto order = x <=> y;
    bool holds = op == "<" ? order < 0 : op == "<=" ? order <= 0 : op == ">" ? order > 0 : order >= 0;
    return model::bool_value(holds);
  }
  if (left == Numeric::kUnknown && right == Numeric::kUnknown) {
    if (!a.unknown().id.empty() && a.unknown().id == b.unknown().id) {
      return model::bool_value(op.size() == 2);
    }
    Value both[] = {a, b};
    return derived_unknown(derived_id(id_prefix_, a, op, b), model::bool_type(), both, root_.guards,
                           root_.arena);
  }
  // One side is known: a question about the other. `x > U` is `U < x`.
  bool flipped = left == Numeric::kNumber;
  const model::Unknown& unknown = (flipped ? b : a).unknown();
  const Number& bound = flipped ? x : y;
  bool less = flipped ? op[0] == '>' : op[0] == '<';
  bool or_equal = op.size() == 2;
  // In terms of "U < bound" and "U <= bound".
  Relation relation = less == or_equal ? Relation::kAtMost : Relation::kLess;
  Guard guard;
  if (relation == Relation::kLess && unknown.minimum && *unknown.minimum >= bound) guard = kNever;
  else if (relation == Relation::kLess && unknown.maximum && *unknown.maximum < bound) guard = kAlways;
  else if (relation == Relation::kAtMost && unknown.minimum && *unknown.minimum > bound) guard = kNever;
  else if (relation == Relation::kAtMost && unknown.maximum && *unknown.maximum <= bound) guard = kAlways;
  else {
    std::string subject(unknown.id.empty() ? fresh_id("number") : std::string(unknown.id.text()));
    guard = root_.guards.atom(subject, relation, bound.to_text(), unknown.causes());
  }
  return from_guard(less ? guard : root_.guards.negate(guard));
}

Value Evaluator::equality(const Value& a, const Value& b, bool negated, core::Span span) {
  (void)span;
  Guard guard = equals(a, b);
  return from_guard(negated ? root_.guards.negate(guard) : guard);
}

Guard Evaluator::equals_unknown(const Value& a, const Value& other) {
  const model::Unknown& unknown = a.unknown();
  model::Guards& guards = root_.guards;
  std::vector<core::Symbol> causes(unknown.causes().begin(), unknown.causes().end());
  if (other.is_unknown()) {
    const model::Unknown& second = other.unknown();
    if (!unknown.id.empty() && unknown.id == second.id) return kAlways;
    if (unknown.type && second.type && unknown.not_null && second.not_null &&
        unknown.type->is_primitive() && second.type->is_primitive() &&
        unknown.type->kind != second.type->kind) {
      return kNever;
    }
  } else if (other.is_null()) {
    if (unknown.not_null) return kNever;
  } else {
    if (!may_be(unknown.type, other)) return kNever;
    if (other.is_string() && !unknown.prefix.empty() &&
        other.text().substr(0, unknown.prefix.size()) != unknown.prefix) {
      return kNever;
    }
    if (other.is_string() && !other.text().ends_with(unknown.suffix)) return kNever;
    if (other.is_number()) {
      if (unknown.minimum && other.number() < *unknown.minimum) return kNever;
      if (unknown.maximum && other.number() > *unknown.maximum) return kNever;
    }
    if (other.is_sequence() || other.is_mapping()) {
      int64_t size = other.size;
      bool exact = true;
      if (other.is_sequence()) {
        for (const Value& item : other.items()) exact = exact && item.guard == kAlways;
      }
      if (exact && ((unknown.min_length > size) || (unknown.max_length >= 0 && unknown.max_length < size))) {
        return kNever;
      }
    }
  }
  if ((other.is_primitive() || other.is_null()) && !unknown.id.empty()) {
    return guards.atom(unknown.id.text(), Relation::kEquals, literal_text(other), causes);
  }
  for (core::Symbol cause : causes_of(other, guards)) causes.push_back(cause);
  std::string left = spelled(a), right = spelled(other);
  std::string subject;
  if (left.empty() || right.empty() || left.size() + right.size() > kLongestId) {
    subject = fresh_id("equal");
  } else {
    if (right < left) std::swap(left, right);
    subject = id_prefix_ + "(" + left + " == " + right + ")";
  }
  return guards.atom(subject, Relation::kTrue, "", causes);
}

// The guard under which two values are equal. Nothing is converted: values of different types differ.
Guard Evaluator::equals(const Value& a, const Value& b) {
  model::Guards& guards = root_.guards;
  if (a.is_alternatives() || b.is_alternatives()) {
    const Value& split = a.is_alternatives() ? a : b;
    const Value& other = a.is_alternatives() ? b : a;
    Guard out = kNever;
    for (const model::Alternative& alternative : split.alternatives()) {
      out = guards.either(out, guards.both(alternative.guard, equals(alternative.value, other)));
    }
    return out;
  }
  if (a.is_unknown()) return equals_unknown(a, b);
  if (b.is_unknown()) return equals_unknown(b, a);
  if (a.kind != b.kind) return kNever;
  if (a.is_null()) return kAlways;
  if (a.is_primitive()) return same_value(a, b) ? kAlways : kNever;
  if (!spend(1 + a.size / 4, a.span.valid() ? a.span : b.span)) {
    return guards.atom(fresh_id("equal"), Relation::kTrue, "", {});
  }
  if (a.is_sequence()) {
    bool guarded = false;
    for (const Value& item : a.items()) guarded = guarded || item.guard != kAlways;
    for (const Value& item : b.items()) guarded = guarded || item.guard != kAlways;
    bool unordered = a.kind == model::ValueKind::kSet && !(wholly_known(a) && wholly_known(b));
    if (guarded || unordered) {
      std::vector<core::Symbol> causes = causes_of(a, guards);
      for (core::Symbol cause : causes_of(b, guards)) causes.push_back(cause);
      return guards.atom(fresh_id("equal"), Relation::kTrue, "", causes);
    }
    if (a.size != b.size) return kNever;
    if (a.size == 0) {
      bool typed = a.kind != model::ValueKind::kTuple && a.type && b.type;
      return typed && !model::equal(a.type, b.type) ? kNever : kAlways;
    }
    Guard out = kAlways;
    for (uint32_t i = 0; i < a.size && out != kNever; ++i) {
      out = guards.both(out, equals(a.items()[i], b.items()[i]));
    }
    return out;
  }
  Guard out = kAlways;
  for (const model::Entry& entry : a.entries()) {
    const Value* other = b.find(entry.key);
    Guard there = other ? other->guard : kNever;
    Guard here = entry.value.guard;
    // Present in both and equal, or absent in both.
    Guard same = other ? guards.both(guards.both(here, there), equals(entry.value, *other)) : kNever;
    Guard absent = guards.both(guards.negate(here), guards.negate(there));
    out = guards.both(out, guards.either(same, absent));
    if (out == kNever) return out;
  }
  for (const model::Entry& entry : b.entries()) {
    if (!a.find(entry.key)) out = guards.both(out, guards.negate(entry.value.guard));
  }
  return out;
}

}  // namespace assay::formats::terraform
