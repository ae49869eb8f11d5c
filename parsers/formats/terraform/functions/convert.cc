#include "parsers/formats/terraform/functions/convert.h"

#include <algorithm>
#include <vector>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using model::Alternative;
using model::Guard;
using model::kAlways;

// The result stands where the input stood: same span, origin, marks and guard.
Value in_place_of(const Value& original, Value result) {
  result.span = original.span;
  result.origin = original.origin;
  result.marks |= original.marks;
  result.guard = original.guard;
  return result;
}

bool identical(const Value& a, const Value& b) {
  return a.kind == b.kind && a.pointer == b.pointer && a.size == b.size && a.guard == b.guard &&
         a.marks == b.marks;
}

bool is_sequence_type(const Type* type) {
  return type->kind == TypeKind::kList || type->kind == TypeKind::kSet ||
         type->kind == TypeKind::kTuple;
}

// Whether some value of type `from` may convert to `to`, looking at the outermost kinds only.
bool may_convert(const Type* from, const Type* to) {
  if (from == nullptr || from->kind == TypeKind::kDynamic || to->kind == TypeKind::kDynamic)
    return true;
  if (from->is_primitive() != to->is_primitive()) return false;
  if (from->is_primitive()) {
    return from->kind == to->kind || from->kind == TypeKind::kString ||
           to->kind == TypeKind::kString;
  }
  if (to->kind == TypeKind::kTuple) return from->kind == TypeKind::kTuple;
  return is_sequence_type(from) == is_sequence_type(to);
}

CallResult mismatch(const Type* to) { return failure(friendly_name(to) + " required"); }

class Converter {
 public:
  explicit Converter(CallContext& context) : context_(context) {}

  CallResult run(const Value& value, const Type* to, uint32_t depth) {
    if (to == nullptr || to->kind == TypeKind::kDynamic) return value;
    if (depth > core::kMaxNesting) return failure("the value is nested too deeply");
    if (value.is_alternatives()) return alternatives(value, to, depth);
    if (value.is_unknown()) return unknown(value, to);
    if (value.is_null()) return in_place_of(value, model::null_value(to));
    switch (to->kind) {
      case TypeKind::kDynamic:
        return value;
      case TypeKind::kBool:
      case TypeKind::kNumber:
      case TypeKind::kString:
        return primitive(value, to);
      case TypeKind::kList:
      case TypeKind::kSet:
        return to_collection(value, to, depth);
      case TypeKind::kMap:
        return to_map(value, to, depth);
      case TypeKind::kTuple:
        return to_tuple(value, to, depth);
      case TypeKind::kObject:
        return to_object(value, to, depth);
    }
    return mismatch(to);
  }

 private:
  CallResult alternatives(const Value& value, const Type* to, uint32_t depth) {
    std::vector<Alternative> parts;
    CallResult first_error;
    bool any = false;
    for (const Alternative& part : value.alternatives()) {
      CallResult result = run(part.value, to, depth + 1);
      if (result.is_error) {
        // In that case the configuration is refused; what the value would be, nobody can say.
        if (!first_error.is_error) first_error = result;
        Value input[] = {part.value};
        result.value = unknown_result(context_, {}, to, input);
      } else {
        any = true;
      }
      parts.push_back({part.guard, result.value});
    }
    if (!any) return first_error;
    Value out = model::alternatives_value(parts, context_.guards, context_.arena);
    out.marks |= value.marks;
    out.guard = value.guard;
    if (!out.span.valid()) out.span = value.span;
    if (out.origin == nullptr) out.origin = value.origin;
    return out;
  }

  // The certain elements of an unknown map, as elements of what it becomes.
  const Value* certain_elements(const model::Unknown& known, const Type* to) {
    if (to->kind != TypeKind::kMap || known.structure == nullptr || known.structure->kind != ValueKind::kMap)
      return nullptr;
    CallResult converted = run(*known.structure, to, 1);
    return converted.is_error ? nullptr : context_.arena.make<Value>(converted.value);
  }

  CallResult unknown(const Value& value, const Type* to) {
    const model::Unknown& known = value.unknown();
    const Type* from = known.type;
    if (from != nullptr && model::equal(from, to)) return value;
    if (!may_convert(from, to)) return mismatch(to);
    // Another kind of value is another identity: 5 and "5" must not exclude each other.
    bool open = from == nullptr || from->kind == TypeKind::kDynamic;
    bool same_kind = open || from->kind == to->kind;
    model::Unknown facts = known;
    if (!same_kind) {
      static constexpr std::string_view kNames[] = {"any",      "tobool",  "tonumber",
                                                    "tostring", "tolist",  "toset",
                                                    "tomap",    "totuple", "toobject"};
      Value input[] = {value};
      facts = unknown_facts(context_, kNames[static_cast<size_t>(to->kind)], to, input);
      facts.not_null = known.not_null;
      if (!to->is_primitive()) {
        facts.min_length =
            to->kind == TypeKind::kSet ? std::min<int64_t>(known.min_length, 1) : known.min_length;
        facts.max_length = known.max_length;
      }
    }
    facts.type = to;
    if (to->kind != TypeKind::kString) {
      facts.prefix = facts.suffix = {};
      facts.structure = certain_elements(known, to);
    }
    if (to->kind != TypeKind::kNumber) facts.minimum = facts.maximum = nullptr;
    return in_place_of(value, model::unknown_value(facts, context_.arena));
  }

  CallResult primitive(const Value& value, const Type* to) {
    if (!value.is_primitive()) return mismatch(to);
    if (to->kind == TypeKind::kString) {
      if (value.is_string()) return value;
      return in_place_of(value, model::string_value(context_.arena.copy(primitive_text(value))));
    }
    if (to->kind == TypeKind::kNumber) {
      if (value.is_number()) return value;
      if (!value.is_string()) return mismatch(to);
      std::string_view text = value.text();
      std::optional<core::Number> number;
      if (text.size() <= 4096) number = core::Number::parse(text, context_.arena);
      if (!number) return failure("a number is required");
      return in_place_of(value, model::number_value(*number, context_.arena));
    }
    if (value.is_bool()) return value;
    if (!value.is_string()) return mismatch(to);
    if (value.text() == "true" || value.text() == "1")
      return in_place_of(value, model::bool_value(true));
    if (value.text() == "false" || value.text() == "0")
      return in_place_of(value, model::bool_value(false));
    return failure("a bool is required");
  }

  // Converts parts to `element`; "any" in it is settled by what all parts convert to.
  CallResult parts(std::vector<Value>& items, const Type*& element, TypeKind collection,
                   uint32_t depth) {
    if (element->kind != TypeKind::kDynamic) {
      for (size_t i = 0; i < items.size(); ++i) {
        CallResult result = run(items[i], element, depth + 1);
        if (result.is_error) return result;
        items[i] = result.value;
      }
      if (!has_dynamic(element)) return {};
    }
    bool null_stops = false;
    const Type* unified = unified_type(items, context_, collection, &null_stops);
    // What is not decided may have a type in the end.
    null_stops = null_stops && std::none_of(items.begin(), items.end(), [](const Value& item) {
      return item.guard != kAlways || has_unknown(item) || has_guards(item);
    });
    if (unified == nullptr || null_stops) {
      const char* what = collection == TypeKind::kSet   ? "set"
                         : collection == TypeKind::kMap ? "map"
                                                        : "list";
      return failure("all " + std::string(what) + " elements must have the same type" +
                     (unified == nullptr ? "" : ", and null beside lists or objects has none"));
    }
    element = unified;
    if (unified->kind == TypeKind::kDynamic) return {};
    for (Value& item : items) {
      CallResult result = run(item, unified, depth + 1);
      if (result.is_error) return result;
      item = result.value;
    }
    return {};
  }

  CallResult to_collection(const Value& value, const Type* to, uint32_t depth) {
    if (!value.is_sequence()) return mismatch(to);
    bool to_set = to->kind == TypeKind::kSet;
    const Type* element = to->element;
    bool right_kind = value.kind == (to_set ? ValueKind::kSet : ValueKind::kList);
    if (value.size == 0) {
      if (element->kind == TypeKind::kDynamic && value.kind != ValueKind::kTuple &&
          value.type != nullptr) {
        element = value.type;
      }
    } else if (right_kind && element->kind == TypeKind::kDynamic) {
      return value;
    }
    std::vector<Value> items(value.items().begin(), value.items().end());
    if (!to_set && value.kind == ValueKind::kSet && value.size > 1 && has_unknown(value))
      return unordered(value, to, element);
    if (CallResult result = parts(items, element, to->kind, depth);
        result.is_error) {
      return result;
    }
    if (right_kind && value.size > 0 &&
        std::equal(items.begin(), items.end(), value.items().begin(), identical)) {
      return value;
    }
    return in_place_of(
        value, to_set ? make_set(items, element, context_) : make_list(items, element, context_));
  }

  // The list of a set whose elements are not all known: in what order, and how many, nobody can say.
  CallResult unordered(const Value& value, const Type* to, const Type* element) {
    Value input[] = {value};
    bool open = element->kind == TypeKind::kDynamic;
    model::Unknown facts = unknown_facts(context_, "tolist", open ? nullptr : to, input);
    facts.not_null = true;
    int64_t certain = 0;
    for (const Value& item : value.items()) certain += item.guard == kAlways && !has_unknown(item);
    facts.min_length = certain;
    facts.max_length = value.size;
    return in_place_of(value, model::unknown_value(facts, context_.arena));
  }

  CallResult to_map(const Value& value, const Type* to, uint32_t depth) {
    if (!value.is_mapping()) return mismatch(to);
    const Type* element = to->element;
    if (value.size == 0 && element->kind == TypeKind::kDynamic && value.kind == ValueKind::kMap &&
        value.type != nullptr) {
      element = value.type;
    }
    std::vector<Entry> entries(value.entries().begin(), value.entries().end());
    std::vector<Value> items;
    items.reserve(entries.size());
    for (const Entry& entry : entries) items.push_back(entry.value);
    if (CallResult result = parts(items, element, TypeKind::kMap, depth); result.is_error) return result;
    for (size_t i = 0; i < entries.size(); ++i) entries[i].value = items[i];
    return in_place_of(value, make_mapping(std::move(entries), element, context_, ValueKind::kMap));
  }

  CallResult to_tuple(const Value& value, const Type* to, uint32_t depth) {
    if (value.kind != ValueKind::kTuple) return mismatch(to);
    if (value.size != to->member_count) {
      return failure("tuple of " + std::to_string(to->member_count) + " elements required");
    }
    std::vector<Value> items;
    for (uint32_t i = 0; i < value.size; ++i) {
      CallResult result = run(value.item_array[i], to->member_array[i].type, depth + 1);
      if (result.is_error) return failure("element " + std::to_string(i) + ": " + result.error);
      items.push_back(result.value);
    }
    return in_place_of(value, model::list_value(items, context_.arena, ValueKind::kTuple));
  }

  // What an optional attribute becomes when it may be missing or null under `missing`.
  CallResult with_default(const Value& value, Guard missing, const model::TypeMember& member,
                          uint32_t depth) {
    CallResult fallback = missing_value(member, depth);
    if (fallback.is_error) return fallback;
    Alternative sides[] = {{missing, fallback.value},
                           {context_.guards.negate(missing), model::with_guard(value, kAlways)}};
    return model::alternatives_value(sides, context_.guards, context_.arena);
  }

  CallResult missing_value(const model::TypeMember& member, uint32_t depth) {
    if (member.default_value == nullptr) return model::null_value(member.type);
    return run(*member.default_value, member.type, depth + 1);
  }

  CallResult attribute(const Value* found, const model::TypeMember& member, uint32_t depth) {
    if (found == nullptr || (found->is_null() && member.default_value != nullptr)) {
      CallResult result = missing_value(member, depth);
      if (found != nullptr && !result.is_error && !result.value.span.valid())
        result.value.span = found->span;
      return result;
    }
    Value value = *found;
    if (member.optional && value.guard != kAlways) {
      CallResult result = with_default(value, context_.guards.negate(value.guard), member, depth);
      if (result.is_error) return result;
      value = result.value;
    }
    value.guard =
        kAlways;  // an attribute that must be there: without it the configuration is refused
    if (member.default_value != nullptr && value.is_alternatives()) {
      Guard missing = model::kNever;
      for (const Alternative& part : value.alternatives()) {
        if (part.value.is_null()) missing = context_.guards.either(missing, part.guard);
      }
      if (missing != model::kNever) {
        CallResult result = with_default(assuming(value, context_.guards.negate(missing), context_),
                                         missing, member, depth);
        if (result.is_error) return result;
        value = result.value;
      }
    }
    return run(value, member.type, depth + 1);
  }

  CallResult to_object(const Value& value, const Type* to, uint32_t depth) {
    if (!value.is_mapping()) return mismatch(to);
    std::vector<Entry> entries;
    entries.reserve(to->member_count);
    for (const model::TypeMember& member : to->members()) {
      Entry entry;
      entry.key = member.name;
      const Value* found = nullptr;
      for (uint32_t i = value.size; i-- > 0;) {
        if (value.entry_array[i].key != member.name) continue;
        found = &value.entry_array[i].value;
        entry.key_span = value.entry_array[i].key_span;
        break;
      }
      if (found == nullptr && !member.optional) {
        return failure(value.kind == ValueKind::kMap
                           ? "map has no element for required attribute \"" +
                                 std::string(member.name) + "\""
                           : "attribute \"" + std::string(member.name) + "\" is required");
      }
      CallResult result = attribute(found, member, depth);
      if (result.is_error) {
        return failure("attribute \"" + std::string(member.name) + "\": " + result.error);
      }
      entry.value = result.value;
      entries.push_back(entry);
    }
    return in_place_of(value, model::object_value(entries, context_.arena));
  }

  CallContext& context_;
};

}  // namespace

bool has_dynamic(const Type* type) {
  if (type == nullptr || type->kind == TypeKind::kDynamic) return true;
  if (type->is_collection()) return has_dynamic(type->element);
  for (const model::TypeMember& member : type->members()) {
    if (has_dynamic(member.type)) return true;
  }
  return false;
}

CallResult convert(const Value& value, const Type* to, CallContext& context) {
  return Converter(context).run(value, to, 0);
}

std::string primitive_text(const Value& value) {
  if (value.is_string()) return std::string(value.text());
  if (value.is_number()) return value.number().to_text();
  return value.boolean ? "true" : "false";
}

CallResult to_string_value(const Value& value, CallContext& context) {
  if (value.is_null()) return failure("The value is null; a text cannot contain null.");
  CallResult result = convert(value, model::string_type(), context);
  if (result.is_error) {
    return failure("A text can only contain strings, numbers and truth values, not " +
                   friendly_name(value) + ".");
  }
  return result;
}

std::string friendly_name(const Type* type) {
  if (type == nullptr) return "any value";
  switch (type->kind) {
    case TypeKind::kDynamic:
      return "any value";
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kNumber:
      return "number";
    case TypeKind::kString:
      return "string";
    case TypeKind::kList:
      return "list of " + friendly_name(type->element);
    case TypeKind::kSet:
      return "set of " + friendly_name(type->element);
    case TypeKind::kMap:
      return "map of " + friendly_name(type->element);
    case TypeKind::kTuple:
      return "tuple";
    case TypeKind::kObject:
      return "object";
  }
  return "value";
}

std::string friendly_name(const Value& value) {
  switch (value.kind) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kBool:
      return "bool";
    case ValueKind::kNumber:
      return "number";
    case ValueKind::kString:
      return "string";
    case ValueKind::kList:
      return "list";
    case ValueKind::kTuple:
      return "tuple";
    case ValueKind::kSet:
      return "set";
    case ValueKind::kMap:
      return "map";
    case ValueKind::kObject:
      return "object";
    case ValueKind::kUnknown:
      return friendly_name(value.unknown().type);
    case ValueKind::kAlternatives:
      return value.size > 0 ? friendly_name(value.alternatives()[0].value) : "value";
  }
  return "value";
}

}  // namespace assay::formats::terraform
