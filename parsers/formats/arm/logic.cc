// What functions share: booleans as guards, equality, alternatives, names of computed unknowns, text.
#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/text.h"
#include "parsers/formats/arm/evaluator.h"
#include "parsers/model/provenance.h"

namespace assay::formats::arm {

using core::ProblemSeverity;
using core::Span;
using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Origin;
using model::OriginKind;
using model::Relation;
using model::Value;

namespace {

constexpr uint32_t kMaxChoices = 64;  // combinations of alternatives that one call is run for
constexpr size_t kMaxTextBytes = 4 * core::kMaxStringBytes;  // made by all functions of a template

}  // namespace

// --- Booleans.

Value Evaluator::bool_of(Guard guard, Span at) {
  guard = guards_.assuming(guard, assumed_);
  if (guard == kAlways || guard == kNever) return model::with_span(model::bool_value(guard == kAlways), at);
  Alternative both[] = {{guard, model::with_span(model::bool_value(true), at)},
                        {guards_.negate(guard), model::with_span(model::bool_value(false), at)}};
  return model::with_span(model::alternatives_value(both, guards_, arena_), at);
}

Guard Evaluator::truth(const Value& value, Span at) {
  if (value.is_bool()) return value.boolean ? kAlways : kNever;
  if (value.is_string()) return core::equals_ignoring_case(value.text(), "true") ? kAlways : kNever;
  if (value.is_number()) return value.number().sign() != 0 ? kAlways : kNever;
  if (value.is_alternatives()) {
    Guard all = kNever;
    for (const Alternative& one : value.alternatives()) {
      all = guards_.either(all, guards_.both(one.guard, truth(one.value, at)));
    }
    return all;
  }
  if (!value.is_unknown()) return kNever;
  const model::Unknown& unknown = value.unknown();
  std::string name = unknown.id.empty() ? id("condition@" + std::to_string(at.begin)) : std::string(unknown.id.text());
  // A text that is asked for its truth says "true"; whoever compares it with that text agrees.
  std::vector<core::Symbol> causes(unknown.causes().begin(), unknown.causes().end());
  if (unknown.type && unknown.type->kind == model::TypeKind::kString) {
    return guards_.atom(name, Relation::kEquals, "\"true\"", causes);
  }
  return guards_.atom(name, Relation::kTrue, "", causes);
}

Guard Evaluator::open_guard(std::string_view name, std::span<const core::Symbol> causes) {
  std::vector<core::Symbol> own{core::Symbol(name)};
  if (causes.empty()) causes = own;
  return guards_.atom(id(name), Relation::kTrue, "", causes);
}

// --- Equality: of one type, by case.

Guard Evaluator::equals(const Value& a, const Value& b, Span at) {
  if (a.is_alternatives() || b.is_alternatives()) {
    const Value& open = a.is_alternatives() ? a : b;
    const Value& other = a.is_alternatives() ? b : a;
    Guard guard = kNever;
    for (const Alternative& alternative : open.alternatives()) {
      guard = guards_.either(guard, guards_.both(alternative.guard, equals(alternative.value, other, at)));
    }
    return guard;
  }
  if (a.is_unknown() && !b.is_unknown()) return equals_unknown(a, b, at);
  if (b.is_unknown() && !a.is_unknown()) return equals_unknown(b, a, at);
  if (a.is_unknown()) {
    if (model::same_value(a, b)) return kAlways;
    std::string_view x = a.unknown().prefix, y = b.unknown().prefix;
    size_t shared = std::min(x.size(), y.size());
    if (x.substr(0, shared) != y.substr(0, shared)) return kNever;
    std::string left = model::name_of(a), right = model::name_of(b);
    if (right < left) std::swap(left, right);
    std::string name = left + " equals " + right;
    if (left.empty()) name = "equals@" + std::to_string(at.begin);
    Value both[] = {a, b};
    Value joined = model::derived_unknown("", nullptr, both, guards_, arena_);
    return open_guard(name, joined.unknown().causes());
  }
  if (model::wholly_known(a) && model::wholly_known(b)) return model::same_value(a, b) ? kAlways : kNever;
  if (a.is_sequence() != b.is_sequence() || a.is_mapping() != b.is_mapping()) return kNever;
  Value both[] = {a, b};
  Value joined = model::derived_unknown("", nullptr, both, guards_, arena_);
  return open_guard("equals@" + std::to_string(at.begin), joined.unknown().causes());
}

Guard Evaluator::equals_unknown(const Value& value, const Value& known, Span at) {
  const model::Unknown& unknown = value.unknown();
  if (known.is_null() && unknown.not_null) return kNever;
  if (unknown.type && known.is_primitive()) {
    model::TypeKind kind = unknown.type->kind;
    bool same = known.is_string()   ? kind == model::TypeKind::kString
                : known.is_number() ? kind == model::TypeKind::kNumber
                                    : kind == model::TypeKind::kBool;
    if (!same && kind != model::TypeKind::kDynamic) return kNever;
  }
  if (!(known.is_primitive() || known.is_null()) || unknown.id.empty()) {
    std::string name = model::name_of(value), right = model::name_of(known);
    if (name.empty() || right.empty()) {
      name = "equals@" + std::to_string(at.begin);
    } else {
      name.append(" equals ").append(right);
    }
    return open_guard(name, unknown.causes());
  }
  if (known.is_string()) {
    std::string_view text = known.text();
    if (!text.starts_with(unknown.prefix) || !text.ends_with(unknown.suffix)) return kNever;
    auto bytes = static_cast<int64_t>(text.size());
    if (unknown.min_length > bytes) return kNever;  // characters are never more than bytes
    if (unknown.max_length >= 0 && core::is_ascii(text) && bytes > unknown.max_length) return kNever;
  } else if (known.is_number()) {
    if (unknown.minimum && known.number() < *unknown.minimum) return kNever;
    if (unknown.maximum && known.number() > *unknown.maximum) return kNever;
  }
  return guards_.atom(unknown.id.text(), Relation::kEquals, model::literal_text(known), unknown.causes());
}

// Under which guard is it null, "", [] or {}?
Guard Evaluator::is_empty(const Value& value, Span at) {
  if (value.is_null()) return kAlways;
  if (value.is_string() || value.is_mapping()) return value.size == 0 ? kAlways : kNever;
  if (value.is_sequence()) {
    Guard none = kAlways;
    for (const Value& item : value.items()) none = guards_.both(none, guards_.negate(item.guard));
    return none;
  }
  if (value.is_alternatives()) {
    Guard all = kNever;
    for (const Alternative& one : value.alternatives()) {
      all = guards_.either(all, guards_.both(one.guard, is_empty(one.value, at)));
    }
    return all;
  }
  if (!value.is_unknown()) return kNever;
  const model::Unknown& unknown = value.unknown();
  if (unknown.min_length > 0) return kNever;
  if (unknown.structure && unknown.structure->is_mapping() && unknown.structure->size > 0) return kNever;
  if (unknown.id.empty()) return open_guard("empty@" + std::to_string(at.begin), unknown.causes());
  if (unknown.type && unknown.type->kind == model::TypeKind::kString) {
    Guard empty = equals_unknown(value, model::string_value(""), at);
    return unknown.not_null ? empty : guards_.either(empty, equals_unknown(value, model::null_value(), at));
  }
  std::string subject(unknown.id.text());
  size_t hash = subject.find('#');
  subject = subject.substr(0, hash + 1) + "size(" + subject.substr(hash + 1) + ")";
  return guards_.atom(subject, Relation::kLess, "1", unknown.causes());
}

// --- Alternatives.

Value Evaluator::over(std::span<const Value> args, const Operation& op) {
  bool open = std::any_of(args.begin(), args.end(), [](const Value& value) { return value.is_alternatives(); });
  if (!open) return op(args);
  uint32_t before = budget_;
  budget_ = kMaxChoices;
  std::vector<Value> picked;
  std::vector<Alternative> out;
  over_from(args, 0, kAlways, picked, out, op);
  bool spent = budget_ == 0;
  budget_ = before;
  if (spent || out.empty()) return model::derived_unknown("", nullptr, args, guards_, arena_);
  return model::alternatives_value(out, guards_, arena_);
}

void Evaluator::over_from(std::span<const Value> args, size_t next, Guard under, std::vector<Value>& picked,
                          std::vector<Alternative>& out, const Operation& op) {
  under = guards_.assuming(under, assumed_);
  if (under == kNever || budget_ == 0) return;
  if (next == args.size()) {
    --budget_;
    Value value = op(picked);
    if (value.is_alternatives()) {
      for (const Alternative& inner : value.alternatives()) {
        Guard both = guards_.both(under, inner.guard);
        if (both != kNever) out.push_back({both, inner.value});
      }
      return;
    }
    out.push_back({under, model::with_guard(value, kAlways)});
    return;
  }
  const Value& arg = args[next];
  if (!arg.is_alternatives()) {
    picked.push_back(arg);
    over_from(args, next + 1, under, picked, out, op);
    picked.pop_back();
    return;
  }
  for (const Alternative& alternative : arg.alternatives()) {
    picked.push_back(model::with_marks(alternative.value, arg.marks));
    over_from(args, next + 1, guards_.both(under, alternative.guard), picked, out, op);
    picked.pop_back();
  }
}

// --- Names and chains.

std::string Evaluator::text_of(const Value& value) const {
  if (value.is_string()) return std::string(value.text());
  if (value.is_bool()) return value.boolean ? "True" : "False";  // as .NET prints them
  return value.is_number() ? value.number().to_text() : std::string();
}

Value Evaluator::derived(std::string_view name, const model::Type* type, std::span<const Value> from) {
  std::string text(name);
  text += '(';
  bool named = true;
  for (size_t i = 0; i < from.size() && named; ++i) {
    std::string part = model::name_of(from[i]);
    named = !part.empty() && text.size() <= model::kMaxName;
    if (i) text += ", ";
    text += part;
  }
  text += ')';
  return model::derived_unknown(named ? id(text) : std::string(), type, from, guards_, arena_);
}

const Origin* Evaluator::origin(OriginKind kind, Span span, std::string_view what, std::span<const Value> from) {
  return model::origin_of(arena_, kind, span, what, from);
}

// The value as it is read where the call stands, with the chain to what it was made of.
Value Evaluator::result(const Call& call, Value value, std::span<const Value> from) {
  Span at = place_of(call);
  if (value.is_alternatives()) return model::with_span(value, at);
  bool plain = value.is_primitive() || value.is_unknown() || value.is_null();
  if (plain) value.origin = origin(OriginKind::kFunction, at, call.name, from);
  value.span = at;
  return value;
}

Value Evaluator::wrong_call(const Call& call, std::string message) {
  Span at = place_of(call);
  problem(ProblemSeverity::kWarning, "arm-function", std::move(message), at);
  return opaque(call.name, at);
}

bool Evaluator::spend(size_t bytes, Span at) {
  text_bytes_ += bytes;
  if (text_bytes_ <= kMaxTextBytes) return true;
  problem(ProblemSeverity::kWarning, "limit-text",
          "functions of this template make too much text; this value is not evaluated", at);
  return false;
}

Value Evaluator::argument(const Call& call, size_t index) {
  if (index >= call.expression->child_count) return model::null_value();
  return run(*call.expression->child_array[index], call.written);
}

std::vector<Value> Evaluator::arguments(const Call& call) {
  std::vector<Value> out;
  out.reserve(call.expression->child_count);
  for (uint32_t i = 0; i < call.expression->child_count; ++i) out.push_back(argument(call, i));
  return out;
}

// --- Text.

// One text of all parts; unknown parts leave an unknown that keeps what is certain about it.
Value Evaluator::concatenate(std::span<const Value> parts, Span at) {
  uint8_t marks = 0;
  bool known = true;
  size_t size = 0;
  for (const Value& part : parts) {
    marks |= part.marks;
    known = known && (part.is_primitive() || part.is_null());
    if (part.is_string()) size += part.size;
  }
  if (size > core::kMaxStringBytes) {
    problem(ProblemSeverity::kWarning, "limit-text", "this makes too much text; it is not evaluated", at);
    return opaque("text", at, model::string_type());
  }
  if (!spend(size, at)) return opaque("text", at, model::string_type());
  if (known) {
    std::string text;
    text.reserve(size);
    for (const Value& part : parts) text += text_of(part);
    Value value = model::with_span(model::string_value(arena_.copy(std::string_view(text))), at);
    return model::with_marks(value, marks);
  }
  // The text of one text is that text.
  if (parts.size() == 1 && parts[0].is_unknown() && parts[0].unknown().type == model::string_type()) {
    return model::with_span(parts[0], at);
  }
  std::string prefix, name = "text(";
  bool leading = true, named = true;
  int64_t least = 0;
  for (const Value& part : parts) {
    if (part.is_unknown()) {
      if (leading) prefix += part.unknown().prefix;
      leading = false;
      std::string inner = model::name_of(part);
      named = named && !inner.empty();
      name.append("${").append(inner).append("}");
      if (part.unknown().min_length > 0) least += part.unknown().min_length;
    } else if (part.is_primitive()) {
      std::string text = text_of(part);
      if (leading) prefix += text;
      least += static_cast<int64_t>((text.size() + 3) / 4);  // at least one character in four bytes
      name += text;
    } else {
      leading = named = false;
    }
    if (name.size() > model::kMaxName) named = false;
  }
  name += ')';
  model::Unknown unknown = model::derived_unknown(named ? id(name) : std::string(), model::string_type(), parts,
                                                  guards_, arena_).unknown();
  unknown.not_null = true;
  unknown.min_length = least;
  unknown.prefix = arena_.copy(std::string_view(prefix));
  if (!parts.empty() && parts.back().is_primitive()) {
    std::string end = text_of(parts.back());
    unknown.suffix = arena_.copy(std::string_view(end));
  }
  unknown.structure = arena_.make<Value>(model::list_value(parts, arena_, model::ValueKind::kTuple));
  return model::with_marks(model::with_span(model::unknown_value(unknown, arena_), at), marks);
}

}  // namespace assay::formats::arm
