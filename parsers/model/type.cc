#include "parsers/model/type.h"

#include <algorithm>
#include <vector>

namespace assay::model {
namespace {

constexpr Type kDynamicType{TypeKind::kDynamic};
constexpr Type kBoolType{TypeKind::kBool};
constexpr Type kNumberType{TypeKind::kNumber};
constexpr Type kStringType{TypeKind::kString};

const Type* collection(core::Arena& arena, TypeKind kind, const Type* element) {
  Type* type = arena.make<Type>();
  type->kind = kind;
  type->element = element;
  return type;
}

void append(const Type* type, std::string& out, int depth) {
  if (type == nullptr || depth > 100) {
    out += "any";
    return;
  }
  switch (type->kind) {
    case TypeKind::kDynamic: out += "any"; return;
    case TypeKind::kBool: out += "bool"; return;
    case TypeKind::kNumber: out += "number"; return;
    case TypeKind::kString: out += "string"; return;
    case TypeKind::kList: out += "list("; break;
    case TypeKind::kSet: out += "set("; break;
    case TypeKind::kMap: out += "map("; break;
    case TypeKind::kTuple: out += "tuple(["; break;
    case TypeKind::kObject: out += "object({"; break;
  }
  if (type->is_collection()) {
    append(type->element, out, depth + 1);
    out += ')';
    return;
  }
  bool first = true;
  for (const TypeMember& member : type->members()) {
    if (!first) out += ", ";
    first = false;
    if (type->kind == TypeKind::kObject) {
      out += member.name;
      out += '=';
    }
    append(member.type, out, depth + 1);
  }
  out += type->kind == TypeKind::kTuple ? "])" : "})";
}

bool equal_at(const Type* a, const Type* b, int depth) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr || a->kind != b->kind || depth > 600) return false;
  if (a->is_collection()) return equal_at(a->element, b->element, depth + 1);
  if (a->member_count != b->member_count) return false;
  for (uint32_t i = 0; i < a->member_count; ++i) {
    const TypeMember& x = a->member_array[i];
    const TypeMember& y = b->member_array[i];
    if (x.name != y.name || x.optional != y.optional || !equal_at(x.type, y.type, depth + 1)) return false;
  }
  return true;
}

}  // namespace

const TypeMember* Type::find(std::string_view name) const {
  if (kind != TypeKind::kObject) return nullptr;
  const TypeMember* end = member_array + member_count;
  const TypeMember* at = std::lower_bound(
      member_array, end, name, [](const TypeMember& member, std::string_view text) { return member.name < text; });
  return at != end && at->name == name ? at : nullptr;
}

const Type* dynamic_type() { return &kDynamicType; }
const Type* bool_type() { return &kBoolType; }
const Type* number_type() { return &kNumberType; }
const Type* string_type() { return &kStringType; }

const Type* list_type(core::Arena& arena, const Type* element) {
  return collection(arena, TypeKind::kList, element);
}
const Type* set_type(core::Arena& arena, const Type* element) {
  return collection(arena, TypeKind::kSet, element);
}
const Type* map_type(core::Arena& arena, const Type* element) {
  return collection(arena, TypeKind::kMap, element);
}

const Type* tuple_type(core::Arena& arena, std::span<const Type* const> elements) {
  TypeMember* members = arena.make_array<TypeMember>(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    new (members + i) TypeMember();
    members[i].type = elements[i];
  }
  Type* type = arena.make<Type>();
  type->kind = TypeKind::kTuple;
  type->member_array = members;
  type->member_count = static_cast<uint32_t>(elements.size());
  return type;
}

const Type* object_type(core::Arena& arena, std::span<const TypeMember> members) {
  TypeMember* sorted = arena.make_array<TypeMember>(members.size());
  for (size_t i = 0; i < members.size(); ++i) new (sorted + i) TypeMember(members[i]);
  std::sort(sorted, sorted + members.size(),
            [](const TypeMember& a, const TypeMember& b) { return a.name < b.name; });
  Type* type = arena.make<Type>();
  type->kind = TypeKind::kObject;
  type->member_array = sorted;
  type->member_count = static_cast<uint32_t>(members.size());
  return type;
}

bool equal(const Type* a, const Type* b) { return equal_at(a, b, 0); }

std::string to_text(const Type* type) {
  std::string out;
  append(type, out, 0);
  return out;
}

}  // namespace assay::model
