#include <algorithm>
#include <vector>

#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using Types = std::vector<const Type*>;

const Type* unify_at(const Types& given, core::Arena& arena, uint32_t depth);

bool same_attributes(const Types& objects) {
  for (const Type* type : objects) {
    if (type->member_count != objects[0]->member_count) return false;
    for (uint32_t i = 0; i < type->member_count; ++i) {
      if (type->member_array[i].name != objects[0]->member_array[i].name) return false;
    }
  }
  return true;
}

// Element types of collections and member types of objects and tuples, all in one.
Types parts_of(const Types& types) {
  Types parts;
  for (const Type* type : types) {
    if (type->is_collection()) {
      parts.push_back(type->element);
    } else {
      for (const model::TypeMember& member : type->members()) parts.push_back(member.type);
    }
  }
  return parts;
}

const Type* collection_of(TypeKind kind, const Types& types, core::Arena& arena, uint32_t depth) {
  const Type* element = unify_at(parts_of(types), arena, depth + 1);
  if (element == nullptr) return nullptr;
  if (kind == TypeKind::kMap) return model::map_type(arena, element);
  return kind == TypeKind::kSet ? model::set_type(arena, element)
                                : model::list_type(arena, element);
}

const Type* unify_objects(const Types& types, core::Arena& arena, uint32_t depth) {
  if (!same_attributes(types)) return collection_of(TypeKind::kMap, types, arena, depth);
  std::vector<model::TypeMember> members;
  for (uint32_t i = 0; i < types[0]->member_count; ++i) {
    Types attribute;
    for (const Type* type : types) attribute.push_back(type->member_array[i].type);
    model::TypeMember member;
    member.name = types[0]->member_array[i].name;
    member.type = unify_at(attribute, arena, depth + 1);
    if (member.type == nullptr) return nullptr;
    members.push_back(member);
  }
  return model::object_type(arena, members);
}

const Type* unify_tuples(const Types& types, core::Arena& arena, uint32_t depth) {
  bool same_length = std::all_of(types.begin(), types.end(), [&](const Type* type) {
    return type->member_count == types[0]->member_count;
  });
  if (!same_length) return collection_of(TypeKind::kList, types, arena, depth);
  Types parts;
  for (uint32_t i = 0; i < types[0]->member_count; ++i) {
    Types place;
    for (const Type* type : types) place.push_back(type->member_array[i].type);
    const Type* part = unify_at(place, arena, depth + 1);
    if (part == nullptr) return nullptr;
    parts.push_back(part);
  }
  return model::tuple_type(arena, parts);
}

const Type* unify_at(const Types& given, core::Arena& arena, uint32_t depth) {
  if (depth > core::kMaxNesting) return nullptr;
  Types types;  // what is not known converts to whatever the others agree on
  size_t count[9] = {};
  for (const Type* type : given) {
    if (type == nullptr || type->kind == TypeKind::kDynamic) continue;
    ++count[static_cast<size_t>(type->kind)];
    types.push_back(type);
  }
  if (types.empty()) return model::dynamic_type();
  bool all_equal = std::all_of(types.begin(), types.end(),
                               [&](const Type* type) { return model::equal(type, types[0]); });
  if (all_equal) return types[0];
  auto of = [&](TypeKind kind) { return count[static_cast<size_t>(kind)]; };
  size_t total = types.size();
  if (of(TypeKind::kObject) == total) return unify_objects(types, arena, depth);
  if (of(TypeKind::kTuple) == total) return unify_tuples(types, arena, depth);
  if (of(TypeKind::kObject) + of(TypeKind::kMap) == total) {
    return collection_of(TypeKind::kMap, types, arena, depth);
  }
  size_t sets = of(TypeKind::kSet), lists = of(TypeKind::kList), tuples = of(TypeKind::kTuple);
  if (sets + lists + tuples == total) {
    // Lists win over sets; tuples follow whichever collection is there.
    return collection_of(lists > 0 ? TypeKind::kList : TypeKind::kSet, types, arena, depth);
  }
  size_t primitives = of(TypeKind::kBool) + of(TypeKind::kNumber) + of(TypeKind::kString);
  // Every primitive has a text; numbers and truth values have nothing else in common.
  if (primitives == total && of(TypeKind::kString) > 0) return model::string_type();
  return nullptr;
}

bool is_open(const Type* type) { return type == nullptr || type->kind == TypeKind::kDynamic; }

bool all_alike(const Types& types) {
  return std::all_of(types.begin(), types.end(),
                     [&](const Type* type) { return model::equal(type, types[0]); });
}

Types settled(const Types& given) {
  Types types;
  for (const Type* type : given) {
    if (!is_open(type)) types.push_back(type);
  }
  return types;
}

bool null_stops_at(const Types& given, bool in_map, uint32_t depth);

// The members of `types` at place `i`, together.
bool null_stops_member(const Types& types, uint32_t i, uint32_t depth) {
  Types place;
  place.reserve(types.size());
  for (const Type* type : types) place.push_back(type->member_array[i].type);
  return null_stops_at(place, false, depth + 1);
}

// Objects of different attributes become maps one by one: each must settle its own element type,
// and all of them the same one.
bool null_stops_maps(const Types& objects, uint32_t depth) {
  Types parts = parts_of(objects);
  if (!null_stops_at(parts, false, depth + 1)) return false;
  bool each = std::all_of(objects.begin(), objects.end(), [](const Type* object) {
    return std::any_of(object->members().begin(), object->members().end(),
                       [](const model::TypeMember& member) { return !is_open(member.type); });
  });
  return !each || !all_alike(settled(parts));
}

// A null has no type of its own. Beside primitives it takes theirs, and beside structures of
// different kinds that of the kind they convert to; beside structures of one kind cty settles on
// "any", which the elements of a collection cannot be. Only a map lets a null follow structures
// that have the same type already.
bool null_stops_at(const Types& given, bool in_map, uint32_t depth) {
  if (depth > core::kMaxNesting) return false;
  Types types = settled(given);
  if (types.empty() || types[0]->is_primitive()) return false;
  TypeKind kind = types[0]->kind;
  if (!std::all_of(types.begin(), types.end(), [&](const Type* type) { return type->kind == kind; }))
    return false;
  bool alike = all_alike(types);
  if (types.size() < given.size()) return !in_map || !alike;
  if (alike || types[0]->is_collection()) return false;
  bool same_members = kind == TypeKind::kObject
                          ? same_attributes(types)
                          : std::all_of(types.begin(), types.end(), [&](const Type* type) {
                              return type->member_count == types[0]->member_count;
                            });
  if (!same_members) {
    return kind == TypeKind::kObject ? null_stops_maps(types, depth)
                                     : null_stops_at(parts_of(types), false, depth + 1);
  }
  for (uint32_t i = 0; i < types[0]->member_count; ++i) {
    if (null_stops_member(types, i, depth)) return true;
  }
  return false;
}

// Alternatives of different types count with each of them.
void collect_types(const Value& value, core::Arena& arena, Types& out) {
  if (value.is_alternatives()) {
    for (const model::Alternative& part : value.alternatives()) {
      out.push_back(model::type_of(part.value, arena));
    }
  } else {
    out.push_back(model::type_of(value, arena));
  }
}

}  // namespace

const Type* unify(std::span<const Type* const> types, core::Arena& arena) {
  return unify_at(Types(types.begin(), types.end()), arena, 0);
}

const Type* unified_type(Arguments values, CallContext& context, TypeKind collection,
                         bool* null_stops) {
  // The usual case: texts only, or numbers only.
  if (!values.empty() && values[0].is_primitive()) {
    ValueKind kind = values[0].kind;
    bool alike = std::all_of(values.begin(), values.end(),
                             [&](const Value& value) { return value.kind == kind; });
    if (alike) return model::type_of(values[0], context.arena);
  }
  Types types;
  for (const Value& value : values) collect_types(value, context.arena, types);
  if (null_stops != nullptr)
    *null_stops = null_stops_at(types, collection == TypeKind::kMap, 0);
  return unify_at(types, context.arena, 0);
}

CallResult unify_values(std::span<Value> values, CallContext& context) {
  const Type* type = unified_type(values, context, TypeKind::kDynamic, nullptr);
  if (type == nullptr) {
    std::string names;
    for (const Value& value : values) {
      if (!names.empty()) names += " and ";
      names += friendly_name(value);
    }
    return failure("The results must have one type: " + names + " cannot be converted to one.");
  }
  std::vector<Value> converted;
  converted.reserve(values.size());
  for (const Value& value : values) {
    CallResult result = convert(value, type, context);
    if (result.is_error) return result;
    converted.push_back(result.value);
  }
  std::copy(converted.begin(), converted.end(), values.begin());
  return model::null_value();
}

}  // namespace assay::formats::terraform
