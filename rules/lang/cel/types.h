// Types of the Common Expression Language (cel-spec, "Values" and "Gradual type checking"), and the
// little notation in which library tables write signatures: "string.(string, int) bool" is a
// member function, "(list(A), A) bool" a global one.
//
// Types are immutable and live in an arena or in static storage; compare with same_type().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"

namespace assay::rules::cel {

enum class TypeKind : uint8_t {
  kDyn, kNull, kBool, kInt, kUint, kDouble, kString, kBytes, kTimestamp, kDuration,
  kList,    // element
  kMap,     // key, value
  kType,    // the type of a type; one parameter or none
  kParam,   // a type variable
  kOpaque,  // a named type with parameters: optional_type(T), net.IP
};

struct Type {
  TypeKind kind = TypeKind::kDyn;
  std::string_view name;  // of kParam and kOpaque
  const Type* const* param_array = nullptr;
  uint32_t param_count = 0;

  std::span<const Type* const> params() const { return {param_array, param_count}; }
  const Type* param(size_t i) const { return param_array[i]; }
  bool is_dyn() const { return kind == TypeKind::kDyn; }
  bool is_optional() const { return kind == TypeKind::kOpaque && name == "optional_type"; }
};

const Type* simple_type(TypeKind kind);
const Type* list_of(core::Arena& arena, const Type* element);
const Type* map_of(core::Arena& arena, const Type* key, const Type* value);
const Type* type_of_type(core::Arena& arena, const Type* type);
const Type* opaque_type(core::Arena& arena, std::string_view name, std::span<const Type* const> params);
const Type* optional_of(core::Arena& arena, const Type* type);
const Type* type_param(core::Arena& arena, std::string_view name);

bool same_type(const Type& a, const Type& b);
// "list(int)", "map(string, dyn)", "optional_type(int)", "timestamp".
std::string to_text(const Type& type);

struct Signature {
  bool member = false;  // the first parameter is the receiver
  std::vector<const Type*> params;
  const Type* result = nullptr;
};

// REQUIRES: well-formed text; library tables are checked by a test. `text` must outlive the arena.
Signature parse_signature(std::string_view text, core::Arena& arena);
const Type* parse_type(std::string_view text, core::Arena& arena);

}  // namespace assay::rules::cel
