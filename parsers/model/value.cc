#include "parsers/model/value.h"

#include <algorithm>
#include <string>
#include <vector>

#include "parsers/core/limits.h"

namespace assay::model {
namespace {

constexpr int kMaxDepth = 2000;  // of values; deeper ones are treated as unlike and unknown

void sort_by_text(std::vector<core::Symbol>& symbols) {
  if (symbols.size() < 2) return;
  // Equal symbols first, so that each text is fetched once.
  std::sort(symbols.begin(), symbols.end(), [](core::Symbol a, core::Symbol b) { return a.id() < b.id(); });
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  std::vector<std::pair<std::string_view, core::Symbol>> texts;
  texts.reserve(symbols.size());
  for (core::Symbol symbol : symbols) texts.emplace_back(symbol.text(), symbol);
  std::sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < texts.size(); ++i) symbols[i] = texts[i].second;
}

void collect_causes(const Value& value, const Guards& guards, std::vector<core::Symbol>& out, int depth) {
  if (depth > kMaxDepth) return;
  auto add_guard = [&](Guard guard) {
    if (guard == kAlways || guard == kNever) return;
    std::vector<core::Symbol> causes = guards.causes(guard);
    out.insert(out.end(), causes.begin(), causes.end());
  };
  add_guard(value.guard);
  if (value.is_sequence()) {
    for (const Value& item : value.items()) collect_causes(item, guards, out, depth + 1);
  } else if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) collect_causes(entry.value, guards, out, depth + 1);
  } else if (value.is_unknown()) {
    auto causes = value.unknown().causes();
    out.insert(out.end(), causes.begin(), causes.end());
  } else if (value.is_alternatives()) {
    for (const Alternative& alternative : value.alternatives()) {
      add_guard(alternative.guard);
      collect_causes(alternative.value, guards, out, depth + 1);
    }
  }
}

bool same_at(const Value& a, const Value& b, int depth);

bool same_list(const Value& a, const Value& b, int depth) {
  for (uint32_t i = 0; i < a.size; ++i) {
    const Value& x = a.item_array[i];
    const Value& y = b.item_array[i];
    if (x.guard != y.guard || !same_at(x, y, depth + 1)) return false;
  }
  return true;
}

bool same_set(const Value& a, const Value& b, int depth) {
  if (same_list(a, b, depth)) return true;
  std::vector<bool> used(b.size, false);
  for (const Value& x : a.items()) {
    bool found = false;
    for (uint32_t i = 0; i < b.size && !found; ++i) {
      const Value& y = b.item_array[i];
      if (used[i] || x.guard != y.guard || !same_at(x, y, depth + 1)) continue;
      used[i] = found = true;
    }
    if (!found) return false;
  }
  return true;
}

bool same_mapping(const Value& a, const Value& b, int depth) {
  for (uint32_t i = 0; i < a.size; ++i) {
    const Entry& x = a.entry_array[i];
    const Value* y = b.entry_array[i].key == x.key ? &b.entry_array[i].value : b.find(x.key);
    if (y == nullptr || x.value.guard != y->guard || !same_at(x.value, *y, depth + 1)) return false;
  }
  return true;
}

bool same_at(const Value& a, const Value& b, int depth) {
  if (depth > kMaxDepth) return false;
  switch (a.kind) {
    case ValueKind::kNull: return b.is_null();
    case ValueKind::kBool: return b.is_bool() && a.boolean == b.boolean;
    case ValueKind::kNumber: return b.is_number() && a.number() == b.number();
    case ValueKind::kString: return b.is_string() && a.text() == b.text();
    case ValueKind::kList:
    case ValueKind::kTuple:
      return (b.kind == ValueKind::kList || b.kind == ValueKind::kTuple) && a.size == b.size &&
             (a.size == 0 || a.item_array == b.item_array || same_list(a, b, depth));
    case ValueKind::kSet:
      return b.kind == ValueKind::kSet && a.size == b.size &&
             (a.size == 0 || a.item_array == b.item_array || same_set(a, b, depth));
    case ValueKind::kMap:
    case ValueKind::kObject:
      return b.is_mapping() && a.size == b.size &&
             (a.size == 0 || a.entry_array == b.entry_array || same_mapping(a, b, depth));
    case ValueKind::kUnknown:
      return b.is_unknown() && (a.unknown_pointer == b.unknown_pointer ||
                                (!a.unknown().id.empty() && a.unknown().id == b.unknown().id));
    case ValueKind::kAlternatives:
      if (!b.is_alternatives() || a.size != b.size) return false;
      for (uint32_t i = 0; i < a.size; ++i) {
        if (a.alternative_array[i].guard != b.alternative_array[i].guard ||
            !same_at(a.alternative_array[i].value, b.alternative_array[i].value, depth + 1)) {
          return false;
        }
      }
      return true;
  }
  return false;
}

bool known_at(const Value& value, int depth) {
  if (value.guard != kAlways || value.is_unknown() || value.is_alternatives() || depth > kMaxDepth) {
    return false;
  }
  if (value.is_sequence()) {
    for (const Value& item : value.items()) {
      if (!known_at(item, depth + 1)) return false;
    }
  } else if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) {
      if (!known_at(entry.value, depth + 1)) return false;
    }
  }
  return true;
}

uint8_t marks_at(const Value& value, int depth) {
  uint8_t marks = value.marks;
  if (depth > kMaxDepth) return marks;
  if (value.is_sequence()) {
    for (const Value& item : value.items()) marks |= marks_at(item, depth + 1);
  } else if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) marks |= marks_at(entry.value, depth + 1);
  } else if (value.is_alternatives()) {
    for (const Alternative& alternative : value.alternatives()) marks |= marks_at(alternative.value, depth + 1);
  }
  return marks;
}

void append_json_text(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20 || byte == 0x7f) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

const Type* type_at(const Value& value, core::Arena& arena, int depth);

const Type* element_type(const Value& value, core::Arena& arena, int depth) {
  if (value.size == 0) return value.type != nullptr ? value.type : dynamic_type();
  const Type* element = nullptr;
  auto take = [&](const Value& item) {
    const Type* type = type_at(item, arena, depth + 1);
    element = element == nullptr || equal(element, type) ? type : dynamic_type();
  };
  if (value.is_mapping()) {
    for (const Entry& entry : value.entries()) take(entry.value);
  } else {
    for (const Value& item : value.items()) take(item);
  }
  return element;
}

const Type* type_at(const Value& value, core::Arena& arena, int depth) {
  if (depth > kMaxDepth) return dynamic_type();
  switch (value.kind) {
    case ValueKind::kNull: return value.type != nullptr ? value.type : dynamic_type();
    case ValueKind::kBool: return bool_type();
    case ValueKind::kNumber: return number_type();
    case ValueKind::kString: return string_type();
    case ValueKind::kList: return list_type(arena, element_type(value, arena, depth));
    case ValueKind::kSet: return set_type(arena, element_type(value, arena, depth));
    case ValueKind::kMap: return map_type(arena, element_type(value, arena, depth));
    case ValueKind::kTuple: {
      std::vector<const Type*> parts;
      for (const Value& item : value.items()) parts.push_back(type_at(item, arena, depth + 1));
      return tuple_type(arena, parts);
    }
    case ValueKind::kObject: {
      std::vector<TypeMember> members;
      for (const Entry& entry : value.entries()) {
        TypeMember member;
        member.name = entry.key;
        member.type = type_at(entry.value, arena, depth + 1);
        members.push_back(member);
      }
      return object_type(arena, members);
    }
    case ValueKind::kUnknown:
      return value.unknown().type != nullptr ? value.unknown().type : dynamic_type();
    case ValueKind::kAlternatives: {
      const Type* common = nullptr;
      for (const Alternative& alternative : value.alternatives()) {
        if (alternative.value.is_null() && alternative.value.type == nullptr) continue;
        const Type* type = type_at(alternative.value, arena, depth + 1);
        if (common != nullptr && !equal(common, type)) return dynamic_type();
        common = type;
      }
      return common != nullptr ? common : dynamic_type();
    }
  }
  return dynamic_type();
}

void append_text(const Value& value, const Guards* guards, bool reveal, std::string& out, int depth) {
  if (depth > kMaxDepth) {
    out += "...";
    return;
  }
  if (value.has_mark(kSensitive) && !reveal) {
    out += "(sensitive)";
    return;
  }
  auto guarded = [&](const Value& part) {
    if (part.guard != kAlways) {
      out += '(';
      out += guards != nullptr ? guards->to_text(part.guard) : std::string("?");
      out += ": ";
    }
    append_text(part, guards, reveal, out, depth + 1);
    if (part.guard != kAlways) out += ')';
  };
  bool first = true;
  if (value.is_sequence()) {
    out += '[';
    for (const Value& item : value.items()) {
      if (!first) out += ',';
      first = false;
      guarded(item);
    }
    out += ']';
  } else if (value.is_mapping()) {
    out += '{';
    for (const Entry& entry : value.entries()) {
      if (!first) out += ',';
      first = false;
      append_json_text(entry.key, out);
      out += ':';
      guarded(entry.value);
    }
    out += '}';
  } else if (value.is_unknown()) {
    const Unknown& unknown = value.unknown();
    out += "<unknown";
    if (!unknown.id.empty()) {
      out += ' ' + display_name(unknown.id.text());
    } else {
      for (core::Symbol cause : unknown.causes()) {
        out += first ? " of " : ", ";
        first = false;
        out += cause.text();
      }
    }
    out += '>';
  } else if (value.is_alternatives()) {
    out += '<';
    for (const Alternative& alternative : value.alternatives()) {
      if (!first) out += " | ";
      first = false;
      out += guards != nullptr ? guards->to_text(alternative.guard) : std::string("?");
      out += ": ";
      append_text(alternative.value, guards, reveal, out, depth + 1);
    }
    out += '>';
  } else {
    out += literal_text(value);
  }
}

// Deterministic across runs and platforms, for identities of computed unknowns.
std::string content_hash(std::string_view text) {
  uint64_t hash = 1469598103934665603ull;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += kHex[(hash >> shift) & 15];
  return out;
}

void set_causes(Unknown& unknown, std::vector<core::Symbol>& causes, core::Arena& arena) {
  sort_by_text(causes);
  auto kept = arena.copy(causes);
  unknown.cause_array = kept.data();
  unknown.cause_count = static_cast<uint32_t>(kept.size());
}

const core::Number* number_bound(const Value& value, core::Arena& arena, bool lower) {
  if (value.is_number()) {
    return (value.flags & kSmallNumber) ? arena.make<core::Number>(value.small) : value.number_pointer;
  }
  if (value.is_unknown()) return lower ? value.unknown().minimum : value.unknown().maximum;
  return nullptr;
}

// What all alternatives have in common, as an unknown named after its content.
Value widen(const std::vector<Alternative>& parts, Guards& guards, core::Arena& arena) {
  Unknown joined;
  std::vector<core::Symbol> causes;
  uint8_t marks = 0;
  bool not_null = true;
  bool first = true;
  bool bounded_below = true, bounded_above = true, has_prefix = true;
  int64_t min_length = -2, max_length = -2;
  for (const Alternative& part : parts) {
    const Value& value = part.value;
    collect_causes(value, guards, causes, 0);
    std::vector<core::Symbol> from_guard = guards.causes(part.guard);
    causes.insert(causes.end(), from_guard.begin(), from_guard.end());
    marks |= value.marks;
    not_null = not_null && !value.is_null() && (!value.is_unknown() || value.unknown().not_null);
    const Type* type = type_of(value, arena);
    joined.type = first || (joined.type != nullptr && equal(joined.type, type)) ? type : nullptr;
    std::string_view prefix = value.is_string() ? value.text()
                              : value.is_unknown() ? value.unknown().prefix : std::string_view();
    if (first) {
      joined.prefix = prefix;
    } else {
      size_t same = 0;
      while (same < joined.prefix.size() && same < prefix.size() && joined.prefix[same] == prefix[same]) ++same;
      joined.prefix = joined.prefix.substr(0, same);
    }
    std::string_view suffix = value.is_string() ? value.text()
                              : value.is_unknown() ? value.unknown().suffix : std::string_view();
    if (first) {
      joined.suffix = suffix;
    } else {
      size_t same = 0;
      while (same < joined.suffix.size() && same < suffix.size() &&
             joined.suffix[joined.suffix.size() - 1 - same] == suffix[suffix.size() - 1 - same]) {
        ++same;
      }
      joined.suffix.remove_prefix(joined.suffix.size() - same);
    }
    has_prefix = has_prefix && (value.is_string() || value.is_unknown());
    const core::Number* low = number_bound(value, arena, true);
    const core::Number* high = number_bound(value, arena, false);
    bounded_below = bounded_below && low != nullptr;
    bounded_above = bounded_above && high != nullptr;
    if (low != nullptr && (joined.minimum == nullptr || *low < *joined.minimum)) joined.minimum = low;
    if (high != nullptr && (joined.maximum == nullptr || *high > *joined.maximum)) joined.maximum = high;
    int64_t at_least = -1, at_most = -1;
    if (value.is_sequence() || value.is_mapping()) {
      at_most = value.size;
      at_least = wholly_known(value) ? value.size : 0;
    } else if (value.is_unknown()) {
      at_least = value.unknown().min_length;
      at_most = value.unknown().max_length;
    }
    min_length = first ? at_least : std::min(min_length, at_least);
    max_length = first ? at_most : (max_length < 0 || at_most < 0 ? -1 : std::max(max_length, at_most));
    first = false;
  }
  if (!bounded_below) joined.minimum = nullptr;
  if (!bounded_above) joined.maximum = nullptr;
  if (!has_prefix) joined.prefix = joined.suffix = {};
  joined.min_length = min_length < 0 ? -1 : min_length;
  joined.max_length = max_length < 0 ? -1 : max_length;
  joined.not_null = not_null;
  set_causes(joined, causes, arena);
  std::string content;
  std::string id = "#one of many";
  for (const Alternative& part : parts) {
    content += std::to_string(part.guard) + guards.to_text(part.guard, 64) + ':' + to_text(part.value, &guards, true) + '|';
  }
  for (core::Symbol cause : joined.causes()) content += std::string(cause.text()) + ',';
  if (content.find("<unknown>") == std::string::npos) {
    joined.id = core::Symbol(id + '~' + content_hash(content));
  }
  Value out = unknown_value(joined, arena);
  out.marks = marks;
  out.span = parts.front().value.span;
  return out;
}

const Origin* joined_origin(const Value& a, const Value& b, core::Arena& arena) {
  if (a.origin == b.origin || b.origin == nullptr) return a.origin;
  if (a.origin == nullptr) return b.origin;
  const Origin* both[2] = {a.origin, b.origin};
  auto kept = arena.copy(std::span<const Origin* const>(both, 2));
  Origin* origin = arena.make<Origin>();
  origin->kind = OriginKind::kFunction;
  origin->span = a.span.valid() ? a.span : b.span;
  origin->what = "conditional";
  origin->from_array = kept.data();
  origin->from_count = 2;
  return origin;
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  if (!is_mapping()) return nullptr;
  for (uint32_t i = size; i-- > 0;) {
    const Entry& entry = entry_array[i];
    if (entry.key.size() == key.size() && entry.key == key) return &entry.value;
  }
  return nullptr;
}

Value null_value(const Type* type) {
  Value value;
  value.type = type;
  return value;
}

Value bool_value(bool boolean) {
  Value value;
  value.kind = ValueKind::kBool;
  value.boolean = boolean;
  return value;
}

Value int_value(int64_t number) {
  Value value;
  value.kind = ValueKind::kNumber;
  value.flags = kSmallNumber;
  value.small = number;
  return value;
}

Value number_value(const core::Number& number, core::Arena& arena) {
  if (number.is_small()) {
    if (auto small = number.to_int64()) return int_value(*small);
  }
  Value value;
  value.kind = ValueKind::kNumber;
  value.number_pointer = arena.make<core::Number>(number);
  return value;
}

Value string_value(std::string_view text) {
  Value value;
  value.kind = ValueKind::kString;
  value.size = static_cast<uint32_t>(text.size());
  value.chars = text.data();
  return value;
}

Value list_value(std::span<const Value> items, core::Arena& arena, ValueKind kind) {
  Value value;
  value.kind = kind;
  value.size = static_cast<uint32_t>(items.size());
  if (!items.empty()) value.item_array = arena.copy(items).data();
  return value;
}

Value object_value(std::span<const Entry> entries, core::Arena& arena, ValueKind kind) {
  Value value;
  value.kind = kind;
  value.size = static_cast<uint32_t>(entries.size());
  if (!entries.empty()) value.entry_array = arena.copy(entries).data();
  return value;
}

Value alternatives_value(std::span<const Alternative> alternatives, Guards& guards, core::Arena& arena) {
  std::vector<Alternative> parts;
  parts.reserve(alternatives.size());
  auto take = [&](Guard guard, const Value& value) {
    if (guard == kNever) return;
    for (Alternative& part : parts) {
      if (!same_value(part.value, value)) continue;
      part.guard = guards.either(part.guard, guard);
      part.value.origin = joined_origin(part.value, value, arena);
      part.value.marks |= value.marks;
      return;
    }
    parts.push_back({guard, with_guard(value, kAlways)});
  };
  for (const Alternative& alternative : alternatives) {
    if (!alternative.value.is_alternatives()) {
      take(alternative.guard, alternative.value);
      continue;
    }
    for (const Alternative& inner : alternative.value.alternatives()) {
      Value value = with_marks(inner.value, alternative.value.marks);
      take(guards.both(alternative.guard, inner.guard), value);
    }
  }
  if (parts.empty()) return null_value();
  if (parts.size() == 1 && parts.front().guard == kAlways) return parts.front().value;
  if (parts.size() > core::kMaxAlternatives) return widen(parts, guards, arena);
  Value value;
  value.kind = ValueKind::kAlternatives;
  value.size = static_cast<uint32_t>(parts.size());
  for (const Alternative& part : parts) value.marks |= part.value.marks;
  value.alternative_array = arena.copy(parts).data();
  value.span = parts.front().value.span;
  return value;
}

Value unknown_value(const Unknown& unknown, core::Arena& arena) {
  Value value;
  value.kind = ValueKind::kUnknown;
  value.unknown_pointer = arena.make<Unknown>(unknown);
  return value;
}

Value unknown_input(std::string_view id, const Type* type, core::Arena& arena) {
  Unknown unknown;
  unknown.id = core::Symbol(id);
  unknown.type = type;
  core::Symbol* cause = arena.make<core::Symbol>(display_symbol(id));
  unknown.cause_array = cause;
  unknown.cause_count = 1;
  return unknown_value(unknown, arena);
}

Value derived_unknown(std::string_view id, const Type* type, std::span<const Value> from,
                      const Guards& guards, core::Arena& arena) {
  Unknown unknown;
  unknown.id = core::Symbol(id);
  unknown.type = type;
  if (from.empty()) return unknown_value(unknown, arena);
  if (from.size() == 1 && from[0].is_unknown() && from[0].guard == kAlways) {
    unknown.cause_array = from[0].unknown().cause_array;
    unknown.cause_count = from[0].unknown().cause_count;
    return with_marks(unknown_value(unknown, arena), from[0].marks);
  }
  std::vector<core::Symbol> causes;
  uint8_t marks = 0;
  for (const Value& value : from) {
    collect_causes(value, guards, causes, 0);
    marks |= marks_inside(value);
  }
  set_causes(unknown, causes, arena);
  return with_marks(unknown_value(unknown, arena), marks);
}

Value with_span(Value value, core::Span span) {
  value.span = span;
  return value;
}
Value with_origin(Value value, const Origin* origin) {
  value.origin = origin;
  return value;
}
Value with_marks(Value value, uint8_t marks) {
  value.marks |= marks;
  return value;
}
Value with_guard(Value value, Guard guard) {
  value.guard = guard;
  return value;
}

bool same_value(const Value& a, const Value& b) { return same_at(a, b, 0); }
bool wholly_known(const Value& value) { return known_at(value, 0); }
uint8_t marks_inside(const Value& value) { return marks_at(value, 0); }

std::vector<core::Symbol> causes_of(const Value& value, const Guards& guards) {
  std::vector<core::Symbol> out;
  collect_causes(value, guards, out, 0);
  sort_by_text(out);
  return out;
}

const Value* at_path(const Value& value, std::string_view path) {
  const Value* at = &value;
  size_t i = 0;
  while (i < path.size() && at != nullptr) {
    if (path[i] == '.') {
      ++i;
      continue;
    }
    if (path[i] == '[') {
      if (i + 1 < path.size() && path[i + 1] == '"') {
        std::string key;
        size_t j = i + 2;
        for (; j < path.size() && path[j] != '"'; ++j) {
          if (path[j] == '\\' && j + 1 < path.size()) ++j;
          key += path[j];
        }
        if (j + 1 >= path.size() || path[j + 1] != ']') return nullptr;
        at = at->find(key);
        i = j + 2;
        continue;
      }
      size_t end = path.find(']', i);
      if (end == std::string_view::npos || end == i + 1 || !at->is_sequence()) return nullptr;
      uint64_t index = 0;
      for (size_t j = i + 1; j < end; ++j) {
        if (path[j] < '0' || path[j] > '9' || index > UINT32_MAX) return nullptr;
        index = index * 10 + static_cast<uint64_t>(path[j] - '0');
      }
      if (index >= at->size) return nullptr;
      at = &at->item_array[index];
      i = end + 1;
      continue;
    }
    size_t end = path.find_first_of(".[", i);
    if (end == std::string_view::npos) end = path.size();
    at = at->find(path.substr(i, end - i));
    i = end;
  }
  return at;
}

const Type* type_of(const Value& value, core::Arena& arena) { return type_at(value, arena, 0); }

std::string literal_text(const Value& value) {
  switch (value.kind) {
    case ValueKind::kNull: return "null";
    case ValueKind::kBool: return value.boolean ? "true" : "false";
    case ValueKind::kNumber:
      return (value.flags & kSmallNumber) ? std::to_string(value.small) : value.number().to_text();
    case ValueKind::kString: {
      std::string out;
      out.reserve(value.size + 2);
      append_json_text(value.text(), out);
      return out;
    }
    default: return {};
  }
}

std::string to_text(const Value& value, const Guards* guards, bool reveal) {
  std::string out;
  append_text(value, guards, reveal, out, 0);
  return out;
}

}  // namespace assay::model
