// Types of values, as Terraform's type system (cty) has them. Other formats use only kDynamic.
// Types are immutable and live in an arena; compare with equal(), not by pointer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "parsers/core/arena.h"

namespace assay::model {

enum class TypeKind : uint8_t {
  kDynamic,  // "any": not known
  kBool, kNumber, kString,
  kList, kSet, kMap,   // element
  kTuple, kObject,     // members
};

struct Type;
struct Value;

struct TypeMember {
  std::string_view name;  // empty for tuples
  const Type* type = nullptr;
  bool optional = false;              // optional(type[, default])
  const Value* default_value = nullptr;  // of optional(); null when none
};

struct Type {
  TypeKind kind = TypeKind::kDynamic;
  const Type* element = nullptr;
  const TypeMember* member_array = nullptr;  // objects: sorted by name
  uint32_t member_count = 0;

  std::span<const TypeMember> members() const { return {member_array, member_count}; }
  const TypeMember* find(std::string_view name) const;
  bool is_primitive() const {
    return kind == TypeKind::kBool || kind == TypeKind::kNumber || kind == TypeKind::kString;
  }
  bool is_collection() const {
    return kind == TypeKind::kList || kind == TypeKind::kSet || kind == TypeKind::kMap;
  }
};

// Shared instances of the types without parts.
const Type* dynamic_type();
const Type* bool_type();
const Type* number_type();
const Type* string_type();
const Type* list_type(core::Arena& arena, const Type* element);
const Type* set_type(core::Arena& arena, const Type* element);
const Type* map_type(core::Arena& arena, const Type* element);
const Type* tuple_type(core::Arena& arena, std::span<const Type* const> elements);
// Sorts the members by name.
const Type* object_type(core::Arena& arena, std::span<const TypeMember> members);

bool equal(const Type* a, const Type* b);
// As Terraform's type() prints it on one line: "list(string)", "object({a=number})".
std::string to_text(const Type* type);

}  // namespace assay::model
