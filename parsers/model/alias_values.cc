#include "parsers/model/alias_values.h"

#include <algorithm>
#include <vector>

#include "parsers/model/alias_awscc.h"

namespace assay::model {
namespace {

constexpr int kMaxDepth = 520;  // of structures that are rewritten

Value unknown_part(const Value& whole, std::string_view suffix, AliasContext& context) {
  const Unknown& unknown = whole.unknown();
  std::string id;
  if (!unknown.id.empty()) id = std::string(unknown.id.text()) + std::string(suffix);
  Value part = derived_unknown(id, nullptr, {&whole, 1}, context.guards, context.arena);
  part.span = whole.span;
  part.origin = whole.origin;
  part.marks = whole.marks;
  return part;
}

// `fn` for each alternative; guards stay. The result has no nested alternatives.
template <typename Fn>
Value map_alternatives(const Value& value, AliasContext& context, const Fn& fn) {
  std::vector<Alternative> parts;
  for (const Alternative& alternative : value.alternatives()) {
    Value mapped = fn(alternative.value);
    if (mapped.is_alternatives()) {
      for (const Alternative& inner : mapped.alternatives()) {
        parts.push_back({context.guards.both(alternative.guard, inner.guard), inner.value});
      }
    } else {
      parts.push_back({alternative.guard, mapped});
    }
  }
  Value out = alternatives_value(parts, context.guards, context.arena);
  out.guard = value.guard;
  if (!out.span.valid()) out.span = value.span;
  return out;
}

// Joins values that are there under disjoint guards into one whose guard is where any is.
std::optional<Value> join_guarded(std::vector<Alternative>& found, AliasContext& context) {
  if (found.empty()) return std::nullopt;
  Guard any = kNever;
  for (const Alternative& one : found) any = context.guards.either(any, one.guard);
  if (any == kNever) return std::nullopt;
  if (found.size() == 1) return with_guard(found.front().value, any);
  // The last one stands for the rest: outside of `any` nothing is there anyway.
  found.back().guard = context.guards.either(found.back().guard, context.guards.negate(any));
  return with_guard(alternatives_value(found, context.guards, context.arena), any);
}

std::optional<Value> step_into(const Value& at, const PathStep& step, AliasContext& context) {
  if (at.is_alternatives()) {
    std::vector<Alternative> found;
    for (const Alternative& alternative : at.alternatives()) {
      std::optional<Value> part = step_into(alternative.value, step, context);
      if (!part) continue;
      Guard guard = context.guards.both(alternative.guard, part->guard);
      part->guard = kAlways;
      if (part->is_alternatives()) {
        for (const Alternative& inner : part->alternatives()) {
          found.push_back({context.guards.both(guard, inner.guard), inner.value});
        }
      } else {
        found.push_back({guard, *part});
      }
    }
    std::optional<Value> joined = join_guarded(found, context);
    if (joined) joined->guard = context.guards.both(joined->guard, at.guard);
    return joined;
  }
  std::optional<Value> part;
  if (step.kind == PathStep::Kind::kKey) {
    if (at.is_unknown()) {
      part = unknown_part(at, "." + std::string(step.key), context);
    } else if (const Value* child = at.find(step.key)) {
      part = *child;
    } else if (at.is_sequence()) {  // [{Key, Value}]: the value of a key
      Value pairs = coerce(at, Coercion::kPairs, context);
      pairs.guard = kAlways;
      if (!pairs.is_sequence()) part = step_into(pairs, step, context);
    }
  } else if (at.is_unknown()) {
    part = unknown_part(at, "[" + std::to_string(step.index) + "]", context);
  } else if (at.is_sequence()) {
    // The element that comes to stand at the index once guarded ones are decided; only for the
    // first few, later indices are read as written.
    if (step.index < at.size && (step.index > 0 || at.item_array[0].guard == kAlways)) {
      part = at.item_array[step.index];
    } else if (step.index == 0) {
      std::vector<Alternative> found;
      Guard none = kAlways;
      for (const Value& item : at.items()) {
        found.push_back({context.guards.both(none, item.guard), with_guard(item, kAlways)});
        none = context.guards.both(none, context.guards.negate(item.guard));
        if (none == kNever) break;
      }
      std::vector<Alternative> flat;
      for (const Alternative& one : found) {
        if (!one.value.is_alternatives()) {
          flat.push_back(one);
          continue;
        }
        for (const Alternative& inner : one.value.alternatives()) {
          flat.push_back({context.guards.both(one.guard, inner.guard), inner.value});
        }
      }
      part = join_guarded(flat, context);
    }
  } else if (at.is_mapping() && step.index == 0) {
    part = at;  // one block written without its list
    part->guard = kAlways;
  }
  if (part && at.guard != kAlways) part->guard = context.guards.both(part->guard, at.guard);
  return part;
}

Value copy_with_entries(const Value& base, const std::vector<Entry>& entries, AliasContext& context) {
  Value out = base;
  if (!out.is_mapping()) out.kind = ValueKind::kObject;
  out.size = static_cast<uint32_t>(entries.size());
  out.entry_array = entries.empty() ? nullptr : context.arena.copy(entries).data();
  return out;
}

Value copy_with_items(const Value& base, const std::vector<Value>& items, AliasContext& context) {
  Value out = base;
  out.size = static_cast<uint32_t>(items.size());
  out.item_array = items.empty() ? nullptr : context.arena.copy(items).data();
  return out;
}

Value keep_place(Value made, const Value& from) {
  made.span = from.span;
  made.origin = from.origin;
  made.guard = from.guard;
  made.marks |= from.marks;
  return made;
}

Value to_bool(const Value& value) {
  if (value.is_string()) {
    std::string_view text = value.text();
    if (text == "true" || text == "True" || text == "TRUE" || text == "1") return keep_place(bool_value(true), value);
    if (text == "false" || text == "False" || text == "FALSE" || text == "0") return keep_place(bool_value(false), value);
  } else if (value.is_number() && (value.flags & kSmallNumber) != 0 && (value.small == 0 || value.small == 1)) {
    return keep_place(bool_value(value.small == 1), value);
  }
  return value;
}

Value to_number(const Value& value, AliasContext& context) {
  if (!value.is_string()) return value;
  auto number = core::Number::parse(value.text(), context.arena);
  return number ? keep_place(number_value(*number, context.arena), value) : value;
}

Value to_string(const Value& value, AliasContext& context) {
  if (!value.is_bool() && !value.is_number()) return value;
  return keep_place(string_value(context.arena.copy(literal_text(value))), value);
}

Value to_list(const Value& value, AliasContext& context) {
  if (value.is_sequence() || value.is_null()) return value;
  if (value.is_unknown() && value.unknown().type != nullptr && value.unknown().type->is_collection()) return value;
  Value list = list_value({&value, 1}, context.arena);
  list.span = value.span;
  list.origin = value.origin;
  list.guard = value.guard;
  const_cast<Value*>(list.item_array)->guard = kAlways;
  return list;
}

Value to_pairs(const Value& value, AliasContext& context) {
  if (!value.is_sequence()) return value;
  std::vector<Entry> entries;
  for (const Value& item : value.items()) {
    const Value* key = nullptr;
    const Value* content = nullptr;
    for (std::string_view name : {"Key", "Name", "key", "name"}) {
      if (key == nullptr) key = item.find(name);
    }
    for (std::string_view name : {"Value", "value"}) {
      if (content == nullptr) content = item.find(name);
    }
    if (key == nullptr || !key->is_string()) {
      if (item.is_null() || (item.is_mapping() && key == nullptr)) continue;
      // Some key is not known: nobody can say which keys the mapping has.
      return keep_place(derived_unknown("", nullptr, value.items(), context.guards, context.arena), value);
    }
    Entry entry;
    entry.key = key->text();
    entry.key_span = key->span;
    entry.value = content != nullptr ? *content : null_value();
    entry.value.guard = context.guards.both(entry.value.guard, item.guard);
    entries.push_back(entry);
  }
  return keep_place(object_value(entries, context.arena, ValueKind::kMap), value);
}

Value to_structure(const Value& value, AliasContext& context) {
  if (value.is_unknown() && value.unknown().structure != nullptr) {
    return keep_place(*value.unknown().structure, value);
  }
  if (!value.is_string()) return value;
  if (const Value* structure = encoded_structure(value.origin)) return keep_place(*structure, value);
  size_t start = value.text().find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (value.text()[start] != '{' && value.text()[start] != '[')) return value;
  // Where the text stands in its file word for word (a heredoc), parts get their own places.
  core::Span base;
  std::vector<uint32_t> places;
  core::Span written = value.span;
  if (const Origin* literal = deciding_literal(value.origin)) written = literal->span;
  if (context.sources != nullptr && written.valid()) {
    std::string_view source = context.sources->text(written);
    size_t at = source.find(value.text());
    if (at != std::string_view::npos) {
      base = written;
      base.begin += static_cast<uint32_t>(at);
    } else if (places = literal_places(value.text(), source); !places.empty()) {
      base = written;
    }
  }
  auto parsed = parse_json_text(value.text(), base, value.span, value.origin, context.arena, places);
  if (!parsed) return value;
  Value out = keep_place(*parsed, value);
  return out;
}

// `awscc`: the names are those of that provider.
Value to_snake(const Value& value, AliasContext& context, bool awscc, int depth) {
  if (depth > kMaxDepth) return value;
  if (value.is_mapping()) {
    std::vector<Entry> entries(value.entries().begin(), value.entries().end());
    for (Entry& entry : entries) {
      entry.key = context.arena.copy(awscc ? without_awscc_breaks(entry.key) : snake_case(entry.key));
      entry.value = to_snake(entry.value, context, awscc, depth + 1);
    }
    return copy_with_entries(value, entries, context);
  }
  if (value.is_sequence()) {
    bool deep = false;
    for (const Value& item : value.items()) deep = deep || item.is_mapping() || item.is_alternatives();
    if (!deep) return value;
    std::vector<Value> items(value.items().begin(), value.items().end());
    for (Value& item : items) item = to_snake(item, context, awscc, depth + 1);
    return copy_with_items(value, items, context);
  }
  if (value.is_alternatives()) {
    return map_alternatives(value, context, [&](const Value& one) { return to_snake(one, context, awscc, depth + 1); });
  }
  return value;
}

Value to_single(const Value& value, AliasContext& context) {
  if (!value.is_sequence()) return value;
  if (value.size == 0) return null_value();
  PathStep first;
  first.kind = PathStep::Kind::kIndex;
  std::optional<Value> item = step_into(value, first, context);
  return item ? *item : null_value();
}

Value negated(const Value& value, AliasContext& context) {
  Value plain = to_bool(value);
  if (plain.is_bool()) {
    plain.boolean = !plain.boolean;
    return plain;
  }
  if (!plain.is_unknown() || plain.unknown().id.empty()) return plain;
  const Unknown& unknown = plain.unknown();
  Guard holds = context.guards.atom(unknown.id.text(), Relation::kTrue, "", unknown.causes());
  Alternative sides[2] = {{holds, keep_place(bool_value(false), value)},
                          {context.guards.negate(holds), keep_place(bool_value(true), value)}};
  return keep_place(alternatives_value(sides, context.guards, context.arena), value);
}

std::string bare_literal(std::string_view word) {
  if (word == "true" || word == "false" || word == "null") return std::string(word);
  return literal_text(string_value(word));
}

}  // namespace

std::string snake_case(std::string_view name) {
  auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  auto lower = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (upper(c)) {
      bool after_lower = i > 0 && lower(name[i - 1]);
      bool word_start = i > 0 && upper(name[i - 1]) && i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
      // "ARNs", "IDs": the plural of an acronym is not a word.
      if (word_start && name[i + 1] == 's' && (i + 2 == name.size() || upper(name[i + 2]))) word_start = false;
      if (after_lower || word_start) out += '_';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<Value> read_path(const Value& from, std::span<const PathStep> path, AliasContext& context) {
  std::optional<Value> at = from;
  for (const PathStep& step : path) {
    at = step_into(*at, step, context);
    if (!at) return std::nullopt;
  }
  return at;
}

Value change_at(const Value& base, std::span<const PathStep> path, const Change& change, bool create,
                AliasContext& context) {
  if (path.empty()) {
    std::optional<Value> made = change(&base);
    return made ? *made : base;
  }
  if (base.is_alternatives()) {
    return map_alternatives(base, context,
                            [&](const Value& one) { return change_at(one, path, change, create, context); });
  }
  const PathStep& step = path.front();
  std::span<const PathStep> rest = path.subspan(1);
  if (step.kind == PathStep::Kind::kEach) {
    if (!base.is_sequence() || base.size == 0) return base;
    std::vector<Value> items(base.items().begin(), base.items().end());
    for (Value& item : items) {
      Guard guard = item.guard;
      item = change_at(item, rest, change, create, context);
      item.guard = guard;
    }
    return copy_with_items(base, items, context);
  }
  if (!base.is_mapping() && !(base.is_null() && create)) return base;
  std::vector<Entry> entries;
  if (base.is_mapping()) entries.assign(base.entries().begin(), base.entries().end());
  for (size_t i = entries.size(); i-- > 0;) {
    if (entries[i].key != step.key) continue;
    Guard guard = entries[i].value.guard;
    if (rest.empty()) {
      std::optional<Value> made = change(&entries[i].value);
      if (!made) return base;
      entries[i].value = *made;
    } else {
      entries[i].value = change_at(entries[i].value, rest, change, create, context);
      entries[i].value.guard = guard;
    }
    return copy_with_entries(base, entries, context);
  }
  for (const PathStep& later : rest) {
    if (later.kind != PathStep::Kind::kKey) return base;
  }
  if (!create && !rest.empty()) return base;
  Entry entry;
  entry.key = step.key;
  if (rest.empty()) {
    std::optional<Value> made = change(nullptr);
    if (!made) return base;
    entry.value = *made;
  } else {
    Value empty;
    empty.kind = ValueKind::kObject;
    empty.span = base.span;
    entry.value = change_at(empty, rest, change, create, context);
    if (entry.value.size == 0) return base;
  }
  entry.key_span = entry.value.span;
  entries.push_back(entry);
  Value out = copy_with_entries(base, entries, context);
  if (base.is_null()) out.span = base.span;
  return out;
}

void Draft::open(const Value& base) {
  base_ = base;
  changed_ = false;
  is_open_ = base.is_mapping();
  entries_.clear();
  if (is_open_) entries_.append(base.entries());
}

Value Draft::close() {
  if (!is_open_ || !changed_) return base_;
  Value out = base_;
  out.size = static_cast<uint32_t>(entries_.size());
  out.entry_array = entries_.empty() ? nullptr : context_.arena.copy(entries_.span()).data();
  return out;
}

void Draft::change(std::span<const PathStep> path, const Change& change, bool create) {
  if (!is_open_ || path.empty() || path.front().kind == PathStep::Kind::kEach) {
    open(change_at(close(), path, change, create, context_));
    return;
  }
  const PathStep& step = path.front();
  std::span<const PathStep> rest = path.subspan(1);
  for (size_t i = entries_.size(); i-- > 0;) {
    Entry& entry = entries_[i];
    if (entry.key != step.key) continue;
    if (rest.empty()) {
      std::optional<Value> made = change(&entry.value);
      if (!made) return;
      entry.value = *made;
    } else {
      Guard guard = entry.value.guard;
      entry.value = change_at(entry.value, rest, change, create, context_);
      entry.value.guard = guard;
    }
    changed_ = true;
    return;
  }
  for (const PathStep& later : rest) {
    if (later.kind != PathStep::Kind::kKey) return;
  }
  if (!create && !rest.empty()) return;
  Entry entry;
  entry.key = step.key;
  if (rest.empty()) {
    std::optional<Value> made = change(nullptr);
    if (!made) return;
    entry.value = *made;
  } else {
    Value empty;
    empty.kind = ValueKind::kObject;
    empty.span = base_.span;
    entry.value = change_at(empty, rest, change, create, context_);
    if (entry.value.size == 0) return;
  }
  entry.key_span = entry.value.span;
  entries_.push_back(entry);
  changed_ = true;
}

Value coerce(const Value& value, Coercion coercion, AliasContext& context) {
  if (value.is_alternatives()) {
    return map_alternatives(value, context, [&](const Value& one) { return coerce(one, coercion, context); });
  }
  switch (coercion) {
    case Coercion::kBool: return to_bool(value);
    case Coercion::kNumber: return to_number(value, context);
    case Coercion::kString: return to_string(value, context);
    case Coercion::kList: return to_list(value, context);
    case Coercion::kPairs: return to_pairs(value, context);
    case Coercion::kJson: return to_structure(value, context);
    case Coercion::kSingle: return to_single(value, context);
    case Coercion::kSnake: return to_snake(value, context, false, 0);
    case Coercion::kAwscc: return to_snake(value, context, true, 0);
    case Coercion::kCamel: return camel_blocks(value, context);
    case Coercion::kNot: return negated(value, context);
  }
  return value;
}

Value map_value(const Value& value, std::span<const MapEntry> map, std::string_view target, AliasContext& context) {
  if (map.empty()) return value;
  if (value.is_alternatives()) {
    return map_alternatives(value, context,
                            [&](const Value& one) { return map_value(one, map, target, context); });
  }
  if (value.is_unknown()) {
    const Unknown& unknown = value.unknown();
    if (unknown.id.empty()) return unknown_part(value, "", context);
    std::vector<Alternative> sides;
    Guard rest = kAlways;
    for (const MapEntry& entry : map) {
      Guard guard = context.guards.atom(unknown.id.text(), Relation::kEquals, bare_literal(entry.from), unknown.causes());
      if (guard == kNever) continue;
      sides.push_back({guard, keep_place(constant_value(entry.to, context), value)});
      sides.back().value.guard = kAlways;
      rest = context.guards.both(rest, context.guards.negate(guard));
    }
    if (rest != kNever) {
      Value other = unknown_part(value, " as " + std::string(target), context);
      sides.push_back({rest, other});
    }
    Value out = alternatives_value(sides, context.guards, context.arena);
    out.guard = value.guard;
    return out;
  }
  std::string text = value.is_string() ? std::string(value.text()) : literal_text(value);
  for (const MapEntry& entry : map) {
    if (entry.from == text) return keep_place(constant_value(entry.to, context), value);
  }
  return value;
}

Value unlist(const Value& value, const NameTree& singles, AliasContext& context) {
  if (singles.below.empty()) return value;
  if (value.is_alternatives()) {
    return map_alternatives(value, context, [&](const Value& one) { return unlist(one, singles, context); });
  }
  if (value.is_sequence()) {
    if (value.size == 0) return value;
    std::vector<Value> items(value.items().begin(), value.items().end());
    for (Value& item : items) {
      Guard guard = item.guard;
      item = unlist(item, singles, context);
      item.guard = guard;
    }
    return copy_with_items(value, items, context);
  }
  if (!value.is_mapping()) return value;
  bool touched = false;
  for (const Entry& entry : value.entries()) touched = touched || singles.find(entry.key) != nullptr;
  if (!touched) return value;
  std::vector<Entry> entries;
  entries.reserve(value.size);
  for (const Entry& entry : value.entries()) {
    const NameTree* node = singles.find(entry.key);
    entries.push_back(entry);
    if (node == nullptr) continue;
    Value& place = entries.back().value;
    if (node->marked) {
      if (place.is_sequence() && place.size == 0) {  // no block at all
        entries.pop_back();
        continue;
      }
      place = coerce(place, Coercion::kSingle, context);
    }
    Guard guard = place.guard;
    place = unlist(place, *node, context);
    place.guard = guard;
  }
  return copy_with_entries(value, entries, context);
}

Guard equals_literal(const Value& value, std::string_view literal, AliasContext& context) {
  if (value.is_alternatives()) {
    Guard any = kNever;
    for (const Alternative& alternative : value.alternatives()) {
      Guard here = equals_literal(alternative.value, literal, context);
      any = context.guards.either(any, context.guards.both(alternative.guard, here));
    }
    return any;
  }
  if (value.is_unknown()) {
    const Unknown& unknown = value.unknown();
    std::string subject(unknown.id.text());
    if (subject.empty()) subject = "something unknown at " + std::to_string(value.span.file) + ":" + std::to_string(value.span.begin);
    return context.guards.atom(subject, Relation::kEquals, bare_literal(literal), unknown.causes());
  }
  std::string text = value.is_string() ? std::string(value.text()) : literal_text(value);
  return text == literal ? kAlways : kNever;
}

Value constant_value(std::string_view literal, AliasContext& context) {
  if (literal == "true" || literal == "false") return bool_value(literal == "true");
  if (literal == "null") return null_value();
  if (literal == "[]") return list_value({}, context.arena);
  if (literal == "{}") return object_value({}, context.arena);
  if (literal.size() >= 2 && literal.front() == '"' && literal.back() == '"') {
    return string_value(literal.substr(1, literal.size() - 2));
  }
  bool numeric = !literal.empty() && (literal[0] == '-' || (literal[0] >= '0' && literal[0] <= '9'));
  if (numeric) {
    if (auto number = core::Number::parse(literal, context.arena)) return number_value(*number, context.arena);
  }
  return string_value(literal);
}

}  // namespace assay::model
