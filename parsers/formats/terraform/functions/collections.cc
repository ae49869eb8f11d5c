// Functions over mappings and over collections in general: length, keys, merge, lookup, coalesce...
#include <algorithm>
#include <vector>

#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using model::Alternative;
using model::Guard;
using model::kAlways;
using model::kNever;
using model::Relation;

constexpr uint16_t kParts = kTakesUnknown | kTakesMarks;  // looks at the shape of arguments only

// --- length

CallResult length_unknown(CallContext& context, Arguments arguments) {
  const model::Unknown& known = arguments[0].unknown();
  if (known.type != nullptr &&
      (known.type->kind == TypeKind::kTuple || known.type->kind == TypeKind::kObject)) {
    return model::int_value(known.type->member_count);
  }
  if (known.type != nullptr &&
      (known.type->kind == TypeKind::kBool || known.type->kind == TypeKind::kNumber)) {
    return failure("argument must be a string, a collection type, or a structural type");
  }
  if (known.min_length >= 0 && known.min_length == known.max_length)
    return model::int_value(known.min_length);
  model::Unknown facts = unknown_facts(context, "length", model::number_type(), arguments);
  facts.minimum = context.arena.make<core::Number>(std::max<int64_t>(known.min_length, 0));
  if (known.max_length >= 0) facts.maximum = context.arena.make<core::Number>(known.max_length);
  return model::unknown_value(facts, context.arena);
}

CallResult bounded_length(CallContext& context, Arguments arguments, int64_t least, int64_t most) {
  if (least == most) return model::int_value(least);
  model::Unknown facts = unknown_facts(context, "length", model::number_type(), arguments);
  facts.minimum = context.arena.make<core::Number>(least);
  facts.maximum = context.arena.make<core::Number>(most);
  return model::unknown_value(facts, context.arena);
}

// Members of a set that may turn out equal count once.
CallResult set_length(CallContext& context, Arguments arguments) {
  int64_t certain = 0;
  bool open = false;
  for (const Value& item : arguments[0].items()) {
    if (has_unknown(item)) {
      open = true;
    } else if (item.guard == kAlways) {
      ++certain;
    }
  }
  int64_t most = arguments[0].size;
  if (!open) return CallResult();
  bool any = certain > 0;
  for (const Value& item : arguments[0].items()) any = any || item.guard == kAlways;
  return bounded_length(context, arguments, std::max<int64_t>(certain, any ? 1 : 0), most);
}

CallResult length(CallContext& context, Arguments arguments) {
  const Value& value = arguments[0];
  if (value.is_unknown()) return length_unknown(context, arguments);
  if (value.is_string())
    return model::int_value(static_cast<int64_t>(core::grapheme_count(value.text())));
  if (!value.is_sequence() && !value.is_mapping()) {
    return failure("argument must be a string, a collection type, or a structural type");
  }
  if (value.kind == ValueKind::kSet && has_unknown(value)) return set_length(context, arguments);
  std::vector<Value> parts;
  if (value.is_sequence()) {
    parts.assign(value.items().begin(), value.items().end());
  } else {
    for (const Entry& entry : value.entries()) parts.push_back(entry.value);
  }
  int64_t certain = std::count_if(parts.begin(), parts.end(),
                                  [](const Value& part) { return part.guard == kAlways; });
  if (certain == value.size) return model::int_value(certain);
  CallResult result = with_present(context, "length", parts, [](std::span<const uint32_t> present) {
    return CallResult(model::int_value(static_cast<int64_t>(present.size())));
  });
  if (result.value.is_unknown()) return bounded_length(context, arguments, certain, value.size);
  return result;
}

// --- keys, values

std::vector<Entry> sorted_entries(const Value& mapping) {
  std::vector<Entry> entries(mapping.entries().begin(), mapping.entries().end());
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return entries;
}

CallResult keys(CallContext& context, Arguments arguments) {
  const Value& mapping = arguments[0];
  if (!mapping.is_mapping()) return bad_argument("inputMap", "must have map or object type");
  std::vector<Value> out;
  for (const Entry& entry : sorted_entries(mapping)) {
    Value key = model::string_value(entry.key);
    key.span = entry.key_span;
    key.guard = entry.value.guard;
    out.push_back(key);
  }
  return make_list(out, model::string_type(), context,
                   mapping.kind == ValueKind::kMap ? ValueKind::kList : ValueKind::kTuple);
}

CallResult values(CallContext& context, Arguments arguments) {
  const Value& mapping = arguments[0];
  if (!mapping.is_mapping()) return bad_argument("mapping", "must have map or object type");
  std::vector<Value> out;
  for (const Entry& entry : sorted_entries(mapping)) out.push_back(entry.value);
  return make_list(out, mapping.size == 0 ? mapping.type : nullptr, context,
                   mapping.kind == ValueKind::kMap ? ValueKind::kList : ValueKind::kTuple);
}

// --- merge

// `later` written over `earlier` where it exists.
Value overlay(const Value& earlier, const Value& later, CallContext& context) {
  if (later.guard == kAlways) return later;
  model::Guards& guards = context.guards;
  Alternative sides[] = {{later.guard, model::with_guard(later, kAlways)},
                         {guards.negate(later.guard), model::with_guard(earlier, kAlways)}};
  Value out = model::alternatives_value(sides, guards, context.arena);
  out.guard = guards.either(earlier.guard, later.guard);
  return out;
}

bool mergeable(const Value& value) {
  if (value.is_mapping() || value.is_null()) return true;
  if (!value.is_alternatives()) return false;
  return std::all_of(value.alternatives().begin(), value.alternatives().end(),
                     [](const Alternative& part) { return mergeable(part.value); });
}

// All arguments are maps of one type.
const Type* common_map_element(Arguments arguments, CallContext& context) {
  const Type* common = nullptr;
  for (const Value& argument : arguments) {
    if (argument.kind != ValueKind::kMap) return nullptr;
    const Type* type = model::type_of(argument, context.arena);
    if (common != nullptr && !model::equal(common, type)) return nullptr;
    common = type;
  }
  return common != nullptr ? common->element : nullptr;
}

// The elements that a merge certainly has though some arguments are unknown: their values are known
// where nothing unknown comes after them.
const Value* certain_elements(Arguments arguments, CallContext& context) {
  std::vector<Entry> entries;
  auto open = [&](Entry& entry, const Value& over) {
    Value both[] = {entry.value, over};
    entry.value = model::derived_unknown("", nullptr, both, context.guards, context.arena);
  };
  for (const Value& argument : arguments) {
    if (argument.is_unknown()) {
      for (Entry& entry : entries) open(entry, argument);
    }
    if (!argument.is_mapping()) continue;
    for (const Entry& entry : argument.entries()) {
      auto known = std::find_if(entries.begin(), entries.end(),
                                [&](const Entry& other) { return other.key == entry.key; });
      bool certain = entry.value.guard == kAlways;
      if (known == entries.end()) {
        if (certain) entries.push_back(entry);
      } else if (certain) {
        *known = entry;
      } else {
        open(*known, entry.value);
      }
    }
  }
  if (entries.empty() || entries.size() > 256) return nullptr;
  return context.arena.make<Value>(model::object_value(entries, context.arena, ValueKind::kMap));
}

CallResult merge(CallContext& context, Arguments arguments) {
  bool all_known = std::all_of(arguments.begin(), arguments.end(), mergeable);
  if (!all_known) {
    for (const Value& argument : arguments) {
      if (argument.is_alternatives()) {
        return in_top_worlds(context, "merge", arguments,
                             [&](Arguments decided) { return merge(context, decided); });
      }
    }
    for (const Value& argument : arguments) {
      const Type* type = argument.is_unknown() ? argument.unknown().type : nullptr;
      bool could_be = argument.is_unknown() &&
                      (type == nullptr || type->kind == TypeKind::kDynamic ||
                       type->kind == TypeKind::kMap || type->kind == TypeKind::kObject);
      if (mergeable(argument) || could_be) continue;
      return failure("arguments must be maps or objects, got \"" + friendly_name(argument) + "\"");
    }
    model::Unknown facts = unknown_facts(context, "merge", nullptr, arguments);
    facts.not_null = true;
    for (const Value& argument : arguments) {
      if (!argument.is_mapping()) continue;
      int64_t certain =
          std::count_if(argument.entries().begin(), argument.entries().end(),
                        [](const Entry& entry) { return entry.value.guard == kAlways; });
      facts.min_length = std::max(facts.min_length, certain);
    }
    facts.structure = certain_elements(arguments, context);
    Value out = model::unknown_value(facts, context.arena);
    for (const Value& argument : arguments) out.marks |= model::marks_inside(argument);
    return out;
  }
  std::vector<Entry> entries;
  auto take = [&](const Value& mapping, Guard guard) {
    for (Entry entry : mapping.entries()) {
      entry.value.guard = context.guards.both(entry.value.guard, guard);
      if (entry.value.guard != kNever) entries.push_back(entry);
    }
  };
  for (const Value& argument : arguments) {
    if (!argument.is_alternatives()) {
      take(argument, kAlways);
      continue;
    }
    for (const Alternative& part : argument.alternatives()) take(part.value, part.guard);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
  std::vector<Entry> merged;
  merged.reserve(entries.size());
  for (const Entry& entry : entries) {
    if (merged.empty() || merged.back().key != entry.key) {
      merged.push_back(entry);
    } else {
      merged.back().value = overlay(merged.back().value, entry.value, context);
      merged.back().key_span = entry.key_span;
    }
  }
  const Type* element = common_map_element(arguments, context);
  return make_mapping(std::move(merged), element, context,
                      element ? ValueKind::kMap : ValueKind::kObject);
}

// --- lookup

CallResult missing_key(std::string_view key) {
  return bad_argument("inputMap", "the given object has no attribute \"" + std::string(key) + "\"");
}

// The default as the map's element type, for maps.
CallResult lookup_default(CallContext& context, Arguments arguments) {
  const Value& mapping = arguments[0];
  if (mapping.kind != ValueKind::kMap) return arguments[2];
  const Type* element =
      mapping.size > 0 ? model::type_of(mapping.entries()[0].value, context.arena) : mapping.type;
  CallResult converted = convert(arguments[2], element, context);
  if (converted.is_error)
    return bad_argument("default", "the default value must have the same type as the map elements");
  return converted;
}

CallResult lookup_unknown_key(CallContext& context, Arguments arguments) {
  const Value& mapping = arguments[0];
  const model::Unknown& key = arguments[1].unknown();
  if (key.id.empty() || mapping.size + 1 > core::kMaxAlternatives) {
    return unknown_result(context, "lookup", nullptr, arguments);
  }
  model::Guards& guards = context.guards;
  std::vector<Alternative> parts;
  Guard rest = kAlways;
  for (const Entry& entry : mapping.entries()) {
    if (entry.key.substr(0, key.prefix.size()) != key.prefix) continue;
    std::string literal = model::literal_text(model::string_value(entry.key));
    Guard is_key = guards.both(guards.atom(key.id.text(), Relation::kEquals, literal, key.causes()),
                               entry.value.guard);
    parts.push_back({is_key, model::with_guard(entry.value, kAlways)});
    rest = guards.both(rest, guards.negate(is_key));
  }
  CallResult result;
  if (rest != kNever) {
    if (arguments.size() == 3) {
      CallResult fallback = lookup_default(context, arguments);
      if (fallback.is_error) return fallback;
      parts.push_back({rest, fallback.value});
    } else {
      if (parts.empty()) return missing_key(key.prefix);
      parts.push_back({rest, unknown_result(context, "lookup", nullptr, arguments)});
      result.fails_when = rest;
      result.error = "the given object has no attribute with that name";
    }
  }
  result.value = model::alternatives_value(parts, guards, context.arena);
  return result;
}

CallResult find_in_mapping(CallContext& context, Arguments arguments) {
  if (arguments.size() > 3) {
    return failure("lookup() takes two or three arguments, got " +
                   std::to_string(arguments.size()));
  }
  const Value& mapping = arguments[0];
  if (mapping.is_unknown()) {
    const Type* type = mapping.unknown().type;
    const Type* element = type != nullptr && type->kind == TypeKind::kMap ? type->element : nullptr;
    if (type != nullptr && type->kind == TypeKind::kObject && arguments[1].is_string()) {
      const model::TypeMember* member = type->find(arguments[1].text());
      if (member == nullptr)
        return arguments.size() == 3 ? CallResult(arguments[2]) : missing_key(arguments[1].text());
      element = member->type;
    }
    model::Unknown facts = unknown_facts(context, "lookup", element, arguments);
    facts.not_null = false;
    Value out = model::unknown_value(facts, context.arena);
    for (const Value& argument : arguments) out.marks |= model::marks_inside(argument);
    return out;
  }
  if (!mapping.is_mapping()) return failure("lookup() requires a map as the first argument");
  if (arguments[1].is_unknown()) return lookup_unknown_key(context, arguments);
  const Value* found = mapping.find(arguments[1].text());
  CallResult fallback;
  if (arguments.size() == 3 && mapping.kind == ValueKind::kMap) {
    fallback = lookup_default(context, arguments);
    if (fallback.is_error) return fallback;
  }
  if (found != nullptr && found->guard == kAlways) return *found;
  if (arguments.size() == 3) {
    fallback = lookup_default(context, arguments);
    if (fallback.is_error || found == nullptr) return fallback;
  } else if (found == nullptr) {
    return missing_key(arguments[1].text());
  } else {
    fallback.value = unknown_result(context, "lookup", nullptr, arguments);
    fallback.fails_when = context.guards.negate(found->guard);
    fallback.error = missing_key(arguments[1].text()).error;
  }
  Alternative sides[] = {{found->guard, model::with_guard(*found, kAlways)},
                         {context.guards.negate(found->guard), fallback.value}};
  CallResult result = model::alternatives_value(sides, context.guards, context.arena);
  result.fails_when = fallback.fails_when;
  result.error = fallback.error;
  return result;
}

// The default lends its marks only where it is the result.
CallResult lookup(CallContext& context, Arguments arguments) {
  CallResult result = find_in_mapping(context, arguments);
  result.value.marks |= arguments[0].marks | arguments[1].marks;
  return result;
}

// --- coalesce

// Under which guard the value is null or (where texts count) "", as far as that can be said.
std::optional<Guard> when_empty(const Value& value, bool texts, CallContext& context) {
  if (value.is_null() || (texts && value.is_string() && value.size == 0)) return kAlways;
  if (value.is_alternatives()) {
    Guard empty = kNever;
    for (const Alternative& part : value.alternatives()) {
      std::optional<Guard> inner = when_empty(part.value, texts, context);
      if (!inner) return std::nullopt;
      empty = context.guards.either(empty, context.guards.both(part.guard, *inner));
    }
    return empty;
  }
  if (!value.is_unknown()) return kNever;
  const model::Unknown& known = value.unknown();
  if (!known.prefix.empty() || known.min_length > 0) return kNever;
  bool never_text =
      !texts || (known.type != nullptr && known.type->kind != TypeKind::kString &&
                 known.type->kind != TypeKind::kDynamic);
  if (known.not_null && never_text) return kNever;
  if (known.id.empty()) return std::nullopt;
  Guard empty = kNever;
  if (!known.not_null)
    empty = context.guards.atom(known.id.text(), Relation::kEquals, "null", known.causes());
  if (!never_text) {
    empty = context.guards.either(
        empty, context.guards.atom(known.id.text(), Relation::kEquals, "\"\"", known.causes()));
  }
  return empty;
}

// The same unknown, now known not to be null.
Value not_null(const Value& value, CallContext& context) {
  if (!value.is_unknown() || value.unknown().not_null) return value;
  model::Unknown facts = value.unknown();
  facts.not_null = true;
  Value out = value;
  out.unknown_pointer = context.arena.make<model::Unknown>(facts);
  return out;
}

bool is_untyped_null(const Value& value) {
  return value.is_null() && (value.type == nullptr || value.type->kind == TypeKind::kDynamic);
}

CallResult coalesce(CallContext& context, Arguments arguments) {
  if (arguments.empty()) return failure("at least one argument is required");
  std::vector<Value> unified(arguments.begin(), arguments.end());
  bool texts = true;  // an empty text counts as nothing
  bool failed = unify_values(unified, context).is_error;
  if (std::any_of(arguments.begin(), arguments.end(), is_untyped_null)) {
    // A bare null leaves the type open, except among primitives with a text: nothing is converted.
    bool primitive = !failed && std::all_of(unified.begin(), unified.end(), [](const Value& value) {
      return value.is_primitive() || value.is_null() || value.is_unknown() || value.is_alternatives();
    });
    if (!primitive) {
      unified.assign(arguments.begin(), arguments.end());
      texts = failed = false;
    }
  }
  if (failed) return failure("all arguments must have the same type");
  std::vector<Alternative> parts;
  Guard rest = kAlways;
  for (const Value& value : unified) {
    std::optional<Guard> empty = when_empty(value, texts, context);
    if (!empty) {
      parts.push_back({rest, unknown_result(context, "coalesce",
                                            model::type_of(value, context.arena), unified)});
      rest = kNever;
      break;
    }
    if (*empty == kAlways) continue;
    Guard taken = context.guards.both(rest, context.guards.negate(*empty));
    if (taken != kNever) {
      Value chosen = not_null(assuming(value, taken, context), context);
      if (taken == kAlways) return chosen;
      parts.push_back({taken, chosen});
    }
    rest = context.guards.both(rest, *empty);
    if (rest == kNever) break;
  }
  if (parts.empty()) return failure("no non-null, non-empty-string arguments");
  CallResult result;
  if (rest != kNever) {
    parts.push_back({rest, unknown_result(context, "coalesce", nullptr, unified)});
    result.fails_when = rest;
    result.error = "no non-null, non-empty-string arguments";
  }
  result.value = model::alternatives_value(parts, context.guards, context.arena);
  return result;
}

CallResult coalesce_list(CallContext& context, Arguments arguments) {
  if (arguments.empty()) return failure("at least one argument is required");
  std::vector<Alternative> parts;
  Guard rest = kAlways;
  for (const Value& value : arguments) {
    if (value.is_unknown()) break;  // from here on nobody has looked at the types yet
    bool list = value.kind == ValueKind::kList || value.kind == ValueKind::kTuple ||
                (value.is_null() && value.type != nullptr &&
                 (value.type->kind == TypeKind::kList || value.type->kind == TypeKind::kTuple));
    if (!list) return failure("coalescelist arguments must be lists or tuples");
  }
  for (const Value& value : arguments) {
    if (value.is_null()) continue;
    if (value.is_unknown()) {
      if (value.unknown().min_length > 0) {
        parts.push_back({rest, value});
      } else {
        parts.push_back({rest, unknown_result(context, "coalescelist", nullptr, arguments)});
      }
      rest = kNever;
      break;
    }
    if (!value.is_sequence() || value.kind == ValueKind::kSet) {
      return failure("coalescelist arguments must be lists or tuples");
    }
    Guard filled = kNever;
    for (const Value& item : value.items()) filled = context.guards.either(filled, item.guard);
    Guard taken = context.guards.both(rest, filled);
    if (taken == kNever) continue;
    parts.push_back({taken, assuming(value, taken, context)});
    rest = context.guards.both(rest, context.guards.negate(filled));
    if (rest == kNever) break;
  }
  if (parts.empty()) return failure("no non-null arguments");
  CallResult result;
  if (rest != kNever) {
    parts.push_back({rest, unknown_result(context, "coalescelist", nullptr, arguments)});
    result.fails_when = rest;
    result.error = "no non-null arguments";
  }
  result.value = model::alternatives_value(parts, context.guards, context.arena);
  return result;
}

// --- zipmap, transpose

CallResult zipmap(CallContext& context, Arguments arguments) {
  const Value& names = arguments[0];
  const Value& given = arguments[1];
  if (given.kind != ValueKind::kList && given.kind != ValueKind::kTuple) {
    return bad_argument("values", "must be a list or tuple");
  }
  if (names.size != given.size) {
    return failure("number of keys (" + std::to_string(names.size) +
                   ") does not match number of values (" + std::to_string(given.size) + ")");
  }
  std::vector<Entry> entries;
  for (uint32_t i = 0; i < names.size; ++i) {
    const Value& name = names.items()[i];
    if (name.is_unknown()) return unknown_result(context, "zipmap", nullptr, arguments);
    if (name.is_null()) return failure("a key must not be null");
    entries.push_back({name.text(), name.span, given.items()[i]});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
  std::vector<Entry> kept;  // the last of equal keys
  for (const Entry& entry : entries) {
    if (!kept.empty() && kept.back().key == entry.key) kept.pop_back();
    kept.push_back(entry);
  }
  bool list = given.kind == ValueKind::kList;
  Value out = make_mapping(std::move(kept), given.size == 0 ? given.type : nullptr, context,
                           list ? ValueKind::kMap : ValueKind::kObject);
  out.marks |= model::marks_inside(names);  // a secret name makes the whole secret
  return out;
}

CallResult transpose(CallContext& context, Arguments arguments) {
  std::vector<Entry> pairs;  // value -> key
  for (const Entry& entry : sorted_entries(arguments[0])) {
    if (entry.value.is_null()) return failure("a list must not be null");
    for (const Value& item : entry.value.items()) {
      if (item.is_null()) return failure("a list element must not be null");
      Value key = model::string_value(entry.key);
      key.span = entry.key_span;
      pairs.push_back({item.text(), item.span, key});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Entry& a, const Entry& b) { return a.key < b.key; });
  std::vector<Entry> out;
  for (size_t i = 0; i < pairs.size();) {
    std::vector<Value> names;
    size_t j = i;
    for (; j < pairs.size() && pairs[j].key == pairs[i].key; ++j) names.push_back(pairs[j].value);
    out.push_back(
        {pairs[i].key, pairs[i].key_span, make_list(names, model::string_type(), context)});
    i = j;
  }
  return make_mapping(std::move(out), model::list_type(context.arena, model::string_type()),
                      context, ValueKind::kMap);
}

constexpr FunctionInfo kFunctions[] = {
    {"coalesce", "d?*", coalesce,
     kParts | kTakesWhole | kTakesGuards | kTakesAlternatives | kSelects},
    {"coalescelist", "d?*", coalesce_list, kParts | kTakesWhole | kTakesGuards | kSelects},
    {"keys", "d", keys, kParts | kTakesGuards},
    {"length", "d", length, kParts | kTakesWhole | kTakesGuards, 'n'},
    {"lookup", "d s d?*", lookup,
     kParts | kTakesWhole | kTakesGuards | kSelects | kPlacesMarks},
    {"merge", "d?*", merge, kParts | kTakesWhole | kTakesGuards | kTakesAlternatives},
    {"transpose", "mls", transpose, 0},
    {"values", "d", values, kParts | kTakesGuards},
    {"zipmap", "ls d", zipmap, kParts},
};

}  // namespace

std::span<const FunctionInfo> collection_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
