// Comparisons of values that may be unknown: equality and order. What refinements or content decide is
// answered here; the rest becomes questions to the world.
#include <algorithm>

#include "rules/engine/literal.h"
#include "rules/engine/world.h"

namespace assay::rules {

using core::Symbol;
using model::Guards;
using model::Relation;
using model::Unknown;
using model::Value;

namespace {

size_t code_points(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

bool known_to_be(const Unknown& unknown, model::TypeKind kind) {
  return unknown.type != nullptr && unknown.type->kind == kind;
}

}  // namespace

bool World::equals(const Guards& guards, const Value& a, const Value& b) { return equals_at(guards, a, b, 0); }

bool World::equals_at(const Guards& guards, const Value& left, const Value& right, int depth) {
  const Value& a = resolve(guards, left);
  const Value& b = resolve(guards, right);
  if (a.is_unknown() && b.is_unknown()) return equals_unknown(guards, a, b);
  if (a.is_unknown()) return equals_literal(guards, a.unknown(), b);
  if (b.is_unknown()) return equals_literal(guards, b.unknown(), a);
  if (depth > 600) return false;
  if (a.is_sequence() && b.is_sequence()) return equal_sequences(guards, a, b, depth);
  if (a.is_mapping() && b.is_mapping()) return equal_mappings(guards, a, b, depth);
  return model::same_value(a, b);
}

bool World::equals_literal(const Guards& guards, const Unknown& unknown, const Value& known) {
  Symbol subject = subject_of(unknown);
  if (known.is_null()) {
    Value value;
    value.kind = model::ValueKind::kUnknown;
    value.unknown_pointer = &unknown;
    return is_null(guards, value);
  }
  const model::Type* type = unknown.type;
  bool typed = type != nullptr && type->kind != model::TypeKind::kDynamic;
  if (!known.is_primitive()) {
    if (typed && type->is_primitive()) return false;
    if (unknown.min_length > known.size) return false;
    bool counted = model::wholly_known(known);
    if (counted && unknown.max_length >= 0 && unknown.max_length < known.size) return false;
    Symbol question(std::string(subject.text()) + " = " + model::to_text(known, &guards, true));
    return decide(nullptr, question, Relation::kOther, Symbol(), unknown.causes());
  }
  if (typed && !type->is_primitive()) return false;
  if (known.is_string()) {
    std::string_view text = known.text();
    if (text.substr(0, unknown.prefix.size()) != unknown.prefix || !text.ends_with(unknown.suffix)) return false;
    int64_t length = static_cast<int64_t>(code_points(text));
    if (length < unknown.min_length || (unknown.max_length >= 0 && length > unknown.max_length)) return false;
    if (known_to_be(unknown, model::TypeKind::kBool)) {
      if (text != "true" && text != "false") return false;
      return equals_literal(guards, unknown, model::bool_value(text == "true"));
    }
  } else if (!unknown.prefix.empty() || !unknown.suffix.empty()) {
    return false;
  }
  if (known.is_number()) {
    if (unknown.minimum != nullptr && known.number() < *unknown.minimum) return false;
    if (unknown.maximum != nullptr && known.number() > *unknown.maximum) return false;
    if (known_to_be(unknown, model::TypeKind::kBool)) return false;
  } else if (unknown.minimum != nullptr || unknown.maximum != nullptr) {
    return false;
  }
  if (known.is_bool()) {
    if (known_to_be(unknown, model::TypeKind::kNumber)) return false;
    bool has_domain = !guards.domain(subject).empty();
    if (!known.boolean && !has_domain) {
      // "Not true" is false only when it cannot be null, nor a text.
      if (decide(&guards, subject, Relation::kTrue, Symbol(), unknown.causes())) return false;
      Value value;
      value.kind = model::ValueKind::kUnknown;
      value.unknown_pointer = &unknown;
      if (is_null(guards, value)) return false;
      if (known_to_be(unknown, model::TypeKind::kBool)) return true;
      if (Symbol chosen = value_of(subject); !chosen.empty()) return false;
      Symbol question(std::string(subject.text()) + " is false");
      return decide(nullptr, question, Relation::kOther, Symbol(), unknown.causes());
    }
  }
  return decide(&guards, subject, Relation::kEquals, Symbol(model::literal_text(known)), unknown.causes());
}

bool World::equals_unknown(const Guards& guards, const Value& a, const Value& b) {
  const Unknown& x = a.unknown();
  const Unknown& y = b.unknown();
  Symbol first = subject_of(x);
  Symbol second = subject_of(y);
  if (first == second || implied_other(first, second) == 1) return true;
  // A prefix, a type or bounds may already tell them apart.
  size_t shared = std::min(x.prefix.size(), y.prefix.size());
  if (x.prefix.substr(0, shared) != y.prefix.substr(0, shared)) return false;
  if (!x.suffix.ends_with(y.suffix) && !y.suffix.ends_with(x.suffix)) return false;
  if (x.minimum != nullptr && y.maximum != nullptr && *x.minimum > *y.maximum) return false;
  if (y.minimum != nullptr && x.maximum != nullptr && *y.minimum > *x.maximum) return false;
  Symbol value = value_of(first);
  bool from_first = !value.empty();
  if (value.empty()) value = value_of(second);
  if (value.empty()) {
    value = pick(guards, x);
    from_first = !value.empty();
    if (value.empty()) value = pick(guards, y);
  }
  if (!value.empty()) {
    std::string storage;
    core::Arena arena(256);
    return equals_literal(guards, from_first ? y : x, literal_value(value.text(), storage, arena));
  }
  std::vector<Symbol> causes(x.causes().begin(), x.causes().end());
  causes.insert(causes.end(), y.causes().begin(), y.causes().end());
  if (second.text() < first.text()) std::swap(first, second);
  return decide(nullptr, first, Relation::kOther, second, causes);
}

bool World::equal_sequences(const Guards& guards, const Value& a, const Value& b, int depth) {
  auto present_items = [&](const Value& list) {
    std::vector<const Value*> out;
    out.reserve(list.size);
    for (const Value& item : list.items()) {
      if (present(guards, item)) out.push_back(&item);
    }
    return out;
  };
  std::vector<const Value*> x = present_items(a);
  std::vector<const Value*> y = present_items(b);
  if (a.kind != model::ValueKind::kSet && b.kind != model::ValueKind::kSet) {
    if (x.size() != y.size()) return false;
    for (size_t i = 0; i < x.size(); ++i) {
      if (!equals_at(guards, *x[i], *y[i], depth + 1)) return false;
    }
    return true;
  }
  auto covered = [&](const std::vector<const Value*>& from, const std::vector<const Value*>& by) {
    for (const Value* item : from) {
      bool found = false;
      for (size_t i = 0; i < by.size() && !found; ++i) found = equals_at(guards, *item, *by[i], depth + 1);
      if (!found) return false;
    }
    return true;
  };
  return covered(x, y) && covered(y, x);
}

bool World::equal_mappings(const Guards& guards, const Value& a, const Value& b, int depth) {
  for (const model::Entry& entry : a.entries()) {
    const Value* other = b.find(entry.key);
    bool here = present(guards, entry.value);
    bool there = other != nullptr && present(guards, *other);
    if (here != there) return false;
    if (here && !equals_at(guards, entry.value, *other, depth + 1)) return false;
  }
  for (const model::Entry& entry : b.entries()) {
    if (a.find(entry.key) == nullptr && present(guards, entry.value)) return false;
  }
  return true;
}

bool World::less(const Guards& guards, const Value& left, const Value& right) {
  const Value& a = resolve(guards, left);
  const Value& b = resolve(guards, right);
  if (!a.is_unknown() && !b.is_unknown()) {
    if (a.is_number() && b.is_number()) return a.number() < b.number();
    if (a.is_string() && b.is_string()) return a.text() < b.text();
    return a.is_bool() && b.is_bool() && !a.boolean && b.boolean;
  }
  if (a.is_unknown() && b.is_unknown()) {
    const Unknown& x = a.unknown();
    const Unknown& y = b.unknown();
    Symbol first = subject_of(x);
    Symbol second = subject_of(y);
    if (first == second || implied_other(first, second) == 1) return false;
    if (x.maximum != nullptr && y.minimum != nullptr && *x.maximum < *y.minimum) return true;
    if (x.minimum != nullptr && y.maximum != nullptr && *x.minimum >= *y.maximum) return false;
    std::string storage;
    core::Arena arena(256);
    if (Symbol value = pick(guards, x); !value.empty()) {
      return less(guards, literal_value(value.text(), storage, arena), b);
    }
    if (Symbol value = pick(guards, y); !value.empty()) {
      return less(guards, a, literal_value(value.text(), storage, arena));
    }
    std::vector<Symbol> causes(x.causes().begin(), x.causes().end());
    causes.insert(causes.end(), y.causes().begin(), y.causes().end());
    auto question = [](Symbol p, Symbol q) {
      return "(" + std::string(p.text()) + " < " + std::string(q.text()) + ")";
    };
    if (implied_other(Symbol(question(second, first)), Symbol()) == 1) return false;
    return decide_other(question(first, second), causes);
  }
  bool unknown_left = a.is_unknown();
  const Unknown& unknown = unknown_left ? a.unknown() : b.unknown();
  const Value& known = unknown_left ? b : a;
  if (known.is_number()) {
    core::Number number = known.number();
    if (unknown_left) {
      if (unknown.maximum != nullptr && *unknown.maximum < number) return true;
      if (unknown.minimum != nullptr && *unknown.minimum >= number) return false;
    } else {
      if (unknown.minimum != nullptr && *unknown.minimum > number) return true;
      if (unknown.maximum != nullptr && *unknown.maximum <= number) return false;
    }
  } else if (known.is_string() && !unknown.prefix.empty()) {
    std::string_view prefix = unknown.prefix, text = known.text();
    size_t shared = std::min(prefix.size(), text.size());
    int order = prefix.substr(0, shared).compare(text.substr(0, shared));
    if (order != 0) return unknown_left ? order < 0 : order > 0;
    if (prefix.size() >= text.size()) {  // the unknown is the text or longer
      if (unknown_left) return false;
      if (prefix.size() > text.size()) return true;
    }
  }
  if (!known.is_number() && !known.is_string()) return false;
  Symbol literal(model::literal_text(known));
  Symbol subject = subject_of(unknown);
  if (unknown_left) return decide(&guards, subject, Relation::kLess, literal, unknown.causes());
  return !decide(&guards, subject, Relation::kAtMost, literal, unknown.causes());
}

}  // namespace assay::rules
