// Making collections: sets in cty's order, lists, mappings; and seeing values under a condition.
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;

constexpr uint32_t kMaxDepth = 2000;  // as the model bounds its own walks

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

// The text by which cty orders set elements that are not primitive (set_internals.go of cty):
// shape and content, so that equal values have equal texts.
void append_order_text(const Value& value, std::string& out, uint32_t depth) {
  if (depth > kMaxDepth) return;
  switch (value.kind) {
    case ValueKind::kUnknown:
    case ValueKind::kAlternatives:
      out += '?';
      return;
    case ValueKind::kNull:
      out += '~';
      return;
    case ValueKind::kBool:
      out += value.boolean ? 'T' : 'F';
      return;
    case ValueKind::kNumber: {
      char buffer[40];
      std::snprintf(buffer, sizeof buffer, "%.10g", value.number().to_double());
      out += buffer;
      return;
    }
    case ValueKind::kString:
      append_quoted(value.text(), out);
      return;
    case ValueKind::kList:
    case ValueKind::kSet:
    case ValueKind::kTuple: {
      bool tuple = value.kind == ValueKind::kTuple;
      out += tuple ? '<' : '[';
      for (const Value& item : value.items()) {
        append_order_text(item, out, depth + 1);
        out += ';';
      }
      out += tuple ? '>' : ']';
      return;
    }
    case ValueKind::kMap:
    case ValueKind::kObject: {
      std::vector<const Entry*> entries;
      for (const Entry& entry : value.entries()) entries.push_back(&entry);
      std::sort(entries.begin(), entries.end(),
                [](const Entry* a, const Entry* b) { return a->key < b->key; });
      bool object = value.kind == ValueKind::kObject;
      out += object ? '<' : '{';
      for (const Entry* entry : entries) {
        if (!object) {
          append_quoted(entry->key, out);
          out += ':';
        }
        append_order_text(entry->value, out, depth + 1);
        out += ';';
      }
      out += object ? '>' : '}';
      return;
    }
  }
}

// Primitives before null before what is not known.
int rank(const Value& value) {
  if (value.is_unknown()) return 3;
  if (value.is_null()) return 2;
  return value.is_primitive() ? 0 : 1;
}

// -1, 0, 1 for primitives of one kind.
int compare(const Value& a, const Value& b) {
  if (a.kind != b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.is_string()) return a.text().compare(b.text());
  if (a.is_bool()) return static_cast<int>(a.boolean) - static_cast<int>(b.boolean);
  auto order = a.number() <=> b.number();
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// An alternative of elements is several elements, each under its guard.
void expand(const Value& item, model::Guards& guards, std::vector<Value>& out) {
  if (!item.is_alternatives()) {
    out.push_back(item);
    return;
  }
  for (const Alternative& part : item.alternatives()) {
    Value value = part.value;
    value.marks |= item.marks;
    value.guard = guards.both(item.guard, part.guard);
    if (value.guard != kNever) out.push_back(value);
  }
}

Value empty_of(ValueKind kind, const Type* element) {
  Value value;
  value.kind = kind;
  value.type = element;
  return value;
}

bool guards_inside(const Value& value, uint32_t depth) {
  if (value.is_alternatives()) return true;
  if (depth > kMaxDepth) return false;
  if (value.is_sequence()) {
    for (const Value& item : value.items()) {
      if (item.guard != kAlways || guards_inside(item, depth + 1)) return true;
    }
  } else if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) {
      if (entry.value.guard != kAlways || guards_inside(entry.value, depth + 1)) return true;
    }
  }
  return false;
}

Value assuming_at(const Value& value, Guard given, CallContext& context, uint32_t depth) {
  if (depth > kMaxDepth || !guards_inside(value, depth)) return value;
  model::Guards& guards = context.guards;
  if (value.is_alternatives()) {
    std::vector<Alternative> parts;
    for (const Alternative& part : value.alternatives()) {
      Guard guard = guards.assuming(part.guard, given);
      if (guard == kNever) continue;
      parts.push_back({guard, assuming_at(part.value, given, context, depth + 1)});
    }
    Value out = model::alternatives_value(parts, guards, context.arena);
    out.marks |= value.marks;
    out.guard = value.guard;
    return out;
  }
  Value out = value;
  if (value.is_sequence()) {
    std::vector<Value> items;
    for (const Value& item : value.items()) {
      Guard guard = item.guard == kAlways ? kAlways : guards.assuming(item.guard, given);
      if (guard == kNever) continue;
      items.push_back(model::with_guard(assuming_at(item, given, context, depth + 1), guard));
    }
    if (value.kind == ValueKind::kSet) {
      Value set = make_set(items, nullptr, context);
      items.assign(set.items().begin(), set.items().end());
    }
    out.size = static_cast<uint32_t>(items.size());
    out.item_array = context.arena.copy(items).data();
    if (items.empty()) out.type = nullptr;
    if (items.empty() && value.kind != ValueKind::kTuple) {
      out.type = model::type_of(value.items()[0], context.arena);
    }
    return out;
  }
  std::vector<Entry> entries;
  for (const Entry& entry : value.entries()) {
    Guard guard =
        entry.value.guard == kAlways ? kAlways : guards.assuming(entry.value.guard, given);
    if (guard == kNever) continue;
    entries.push_back(entry);
    entries.back().value =
        model::with_guard(assuming_at(entry.value, given, context, depth + 1), guard);
  }
  out.size = static_cast<uint32_t>(entries.size());
  out.entry_array = context.arena.copy(entries).data();
  if (entries.empty()) out.type = nullptr;
  if (entries.empty() && value.kind == ValueKind::kMap) {
    out.type = model::type_of(value.entries()[0].value, context.arena);
  }
  return out;
}

bool unknown_inside(const Value& value, uint32_t depth) {
  if (value.is_unknown()) return true;
  if (depth > kMaxDepth) return false;
  auto inside = [&](const Value& part) { return unknown_inside(part, depth + 1); };
  if (value.is_sequence()) return std::any_of(value.items().begin(), value.items().end(), inside);
  if (value.is_mapping()) {
    return std::any_of(value.entries().begin(), value.entries().end(),
                       [&](const Entry& entry) { return inside(entry.value); });
  }
  if (value.is_alternatives()) {
    return std::any_of(value.alternatives().begin(), value.alternatives().end(),
                       [&](const Alternative& part) { return inside(part.value); });
  }
  return false;
}

// The kinds == compares: a list never equals a tuple.
TypeKind comparable_kind(const Value& value) {
  switch (value.kind) {
    case ValueKind::kBool:
      return TypeKind::kBool;
    case ValueKind::kNumber:
      return TypeKind::kNumber;
    case ValueKind::kString:
      return TypeKind::kString;
    case ValueKind::kList:
      return TypeKind::kList;
    case ValueKind::kTuple:
      return TypeKind::kTuple;
    case ValueKind::kSet:
      return TypeKind::kSet;
    case ValueKind::kMap:
      return TypeKind::kMap;
    case ValueKind::kObject:
      return TypeKind::kObject;
    case ValueKind::kUnknown:
      return value.unknown().type != nullptr ? value.unknown().type->kind : TypeKind::kDynamic;
    default:
      return TypeKind::kDynamic;
  }
}

std::optional<Guard> equal_unknown(const Value& unknown, const Value& other, CallContext& context) {
  const model::Unknown& facts = unknown.unknown();
  if (other.is_unknown()) {
    if (!facts.id.empty() && facts.id == other.unknown().id) return kAlways;
    return std::nullopt;
  }
  if (other.is_null()) {
    if (facts.not_null) return kNever;
  } else if (!other.is_primitive()) {
    return std::nullopt;
  }
  if (other.is_string()) {
    std::string_view text = other.text();
    if (text.substr(0, facts.prefix.size()) != facts.prefix || !text.ends_with(facts.suffix)) return kNever;
  }
  if (other.is_number()) {
    if (facts.minimum != nullptr && other.number() < *facts.minimum) return kNever;
    if (facts.maximum != nullptr && other.number() > *facts.maximum) return kNever;
  }
  if (facts.id.empty()) return std::nullopt;
  return context.guards.atom(facts.id.text(), model::Relation::kEquals, model::literal_text(other),
                             facts.causes());
}

std::optional<Guard> equal_at(const Value& a, const Value& b, CallContext& context,
                              uint32_t depth) {
  if (depth > kMaxDepth) return std::nullopt;
  model::Guards& guards = context.guards;
  if (a.is_alternatives() || b.is_alternatives()) {
    const Value& split = a.is_alternatives() ? a : b;
    const Value& other = a.is_alternatives() ? b : a;
    Guard equal = kNever;
    for (const Alternative& part : split.alternatives()) {
      std::optional<Guard> same = equal_at(part.value, other, context, depth + 1);
      if (!same) return std::nullopt;
      equal = guards.either(equal, guards.both(part.guard, *same));
    }
    return equal;
  }
  TypeKind kind_a = comparable_kind(a), kind_b = comparable_kind(b);
  bool nulls = a.is_null() || b.is_null();
  if (!nulls && kind_a != kind_b && kind_a != TypeKind::kDynamic && kind_b != TypeKind::kDynamic)
    return kNever;
  if (a.is_unknown()) return equal_unknown(a, b, context);
  if (b.is_unknown()) return equal_unknown(b, a, context);
  // The guards of the two themselves are the caller's matter.
  if (model::wholly_known(model::with_guard(a, kAlways)) &&
      model::wholly_known(model::with_guard(b, kAlways))) {
    return model::same_value(a, b) ? kAlways : kNever;
  }
  if (nulls) return a.is_null() && b.is_null() ? kAlways : kNever;
  if (has_guards(a) || has_guards(b) || a.kind == ValueKind::kSet) return std::nullopt;
  if (a.size != b.size) return kNever;
  Guard equal = kAlways;
  bool open = false;
  for (uint32_t i = 0; i < a.size && equal != kNever; ++i) {
    const Value* x = a.is_sequence() ? &a.item_array[i] : &a.entry_array[i].value;
    const Value* y = a.is_sequence() ? &b.item_array[i] : b.find(a.entry_array[i].key);
    if (y == nullptr) return kNever;
    std::optional<Guard> same = equal_at(*x, *y, context, depth + 1);
    if (!same) {
      open = true;
    } else {
      equal = guards.both(equal, *same);
    }
  }
  if (open && equal != kNever) return std::nullopt;
  return equal;
}

}  // namespace

bool has_unknown(const Value& value) { return unknown_inside(value, 0); }

std::optional<Guard> when_equal(const Value& a, const Value& b, CallContext& context) {
  return equal_at(a, b, context, 0);
}

Value truth(Guard when, CallContext& context) {
  Alternative sides[] = {{when, model::bool_value(true)},
                         {context.guards.negate(when), model::bool_value(false)}};
  return model::alternatives_value(sides, context.guards, context.arena);
}

std::vector<Value> expanded(Arguments items, CallContext& context) {
  std::vector<Value> out;
  out.reserve(items.size());
  for (const Value& item : items) expand(item, context.guards, out);
  return out;
}

bool has_guards(const Value& value) { return guards_inside(value, 0); }

Value assuming(const Value& value, Guard given, CallContext& context) {
  return given == kAlways ? value : assuming_at(value, given, context, 0);
}

Value make_set(Arguments items, const Type* element, CallContext& context) {
  std::vector<Value> members;
  members.reserve(items.size());
  for (const Value& item : items) expand(item, context.guards, members);
  if (members.empty()) return empty_of(ValueKind::kSet, element);
  std::vector<std::string> texts(members.size());
  for (size_t i = 0; i < members.size(); ++i) {
    if (rank(members[i]) == 1) append_order_text(members[i], texts[i], 0);
  }
  std::vector<uint32_t> order(members.size());
  std::iota(order.begin(), order.end(), 0);
  auto before = [&](uint32_t x, uint32_t y) {
    const Value& a = members[x];
    const Value& b = members[y];
    int ranks = rank(a) - rank(b);
    if (ranks != 0) return ranks < 0;
    if (rank(a) == 0) return compare(a, b) < 0;
    return rank(a) == 1 && texts[x] < texts[y];
  };
  std::stable_sort(order.begin(), order.end(), before);
  std::vector<Value> out;
  std::vector<uint32_t> index;  // of the members in `out`
  uint8_t marks = 0;
  for (uint32_t at : order) {
    const Value& member = members[at];
    marks |= member.marks;
    bool repeated = false;
    // Equal members stand side by side, except those that share an order text only.
    for (size_t i = out.size(); i-- > 0 && !repeated;) {
      if (rank(out[i]) != rank(member) || (rank(member) == 1 && texts[index[i]] != texts[at]))
        break;
      if (!model::same_value(out[i], member)) {
        if (rank(member) == 0) break;
        continue;
      }
      out[i].guard = context.guards.either(out[i].guard, member.guard);
      out[i].marks |= member.marks;
      repeated = true;
    }
    if (repeated) continue;
    out.push_back(member);
    index.push_back(at);
  }
  Value set = model::list_value(out, context.arena, ValueKind::kSet);
  set.marks = marks;
  return set;
}

Value make_list(Arguments items, const Type* element, CallContext& context, ValueKind kind) {
  if (items.empty()) return empty_of(kind, kind == ValueKind::kTuple ? nullptr : element);
  return model::list_value(items, context.arena, kind);
}

Value make_mapping(std::vector<Entry> entries, const Type* element, CallContext& context,
                   ValueKind kind) {
  if (entries.empty()) return empty_of(kind, kind == ValueKind::kObject ? nullptr : element);
  auto by_key = [](const Entry& a, const Entry& b) { return a.key < b.key; };
  if (!std::is_sorted(entries.begin(), entries.end(), by_key)) {
    std::stable_sort(entries.begin(), entries.end(), by_key);
  }
  return model::object_value(entries, context.arena, kind);
}

}  // namespace assay::formats::terraform
