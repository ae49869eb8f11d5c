// Value: one immutable node of what the formats evaluate to and the rules read. Unknown is a value
// of its own, never replaced by a default; alternatives say "this or that, depending on an input".
// Absent is not a kind: it is a missing key.
//
// Layout (40 bytes): 4 of kind, marks and flags, 4 of size, 12 of span, 4 of guard, 8 of origin,
// 8 of payload. Copying a Value is shallow and cheap; lists hold Values side by side.
//
// Ownership: payloads live in the arena of the root (or, for strings, in source text). Threads:
// immutable, read by many.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "parsers/core/arena.h"
#include "parsers/core/number.h"
#include "parsers/core/span.h"
#include "parsers/core/symbol.h"
#include "parsers/model/guards.h"
#include "parsers/model/origin.h"
#include "parsers/model/type.h"

namespace assay::model {

enum class ValueKind : uint8_t {
  kNull, kBool, kNumber, kString,
  kList, kTuple, kSet,  // sequences: is_sequence()
  kMap, kObject,        // mappings: is_mapping(); entries keep source order unless stated
  kUnknown,
  kAlternatives,        // guarded values; guards are disjoint and complete
};

// Marks travel through every operation.
inline constexpr uint8_t kSensitive = 1;  // usable in rules, never printed
inline constexpr uint8_t kEphemeral = 2;  // never stored
// Flags.
inline constexpr uint16_t kSmallNumber = 1;  // payload is the int64 itself
inline constexpr uint16_t kFloatText = 2;    // a YAML/JSON number written with "." or exponent
inline constexpr uint16_t kBlockValue = 4;   // an HCL block, or the list of blocks of one type

struct Entry;
struct Alternative;
struct Unknown;

struct Value {
  ValueKind kind = ValueKind::kNull;
  uint8_t marks = 0;
  uint16_t flags = 0;
  uint32_t size = 0;  // elements, entries, alternatives, or bytes of a string
  core::Span span;    // of the expression this value was written as; may be invalid
  Guard guard = kAlways;  // under which it is present in its container (in the root's Guards)
  const Origin* origin = nullptr;
  union {
    const void* pointer = nullptr;
    bool boolean;
    int64_t small;
    const core::Number* number_pointer;
    const char* chars;
    const Value* item_array;
    const Entry* entry_array;
    const Alternative* alternative_array;
    const Unknown* unknown_pointer;
    const Type* type;  // of a null, or the element type of an empty collection; may be null
  };

  bool is_null() const { return kind == ValueKind::kNull; }
  bool is_bool() const { return kind == ValueKind::kBool; }
  bool is_number() const { return kind == ValueKind::kNumber; }
  bool is_string() const { return kind == ValueKind::kString; }
  bool is_sequence() const { return kind >= ValueKind::kList && kind <= ValueKind::kSet; }
  bool is_mapping() const { return kind == ValueKind::kMap || kind == ValueKind::kObject; }
  bool is_unknown() const { return kind == ValueKind::kUnknown; }
  bool is_alternatives() const { return kind == ValueKind::kAlternatives; }
  bool is_primitive() const { return kind >= ValueKind::kBool && kind <= ValueKind::kString; }
  bool has_mark(uint8_t mark) const { return (marks & mark) != 0; }
  bool is_true() const { return is_bool() && boolean; }

  // REQUIRES: the matching kind.
  std::string_view text() const { return {chars, size}; }
  core::Number number() const { return (flags & kSmallNumber) ? core::Number(small) : *number_pointer; }
  std::span<const Value> items() const { return {size ? item_array : nullptr, size}; }
  std::span<const Entry> entries() const;
  std::span<const Alternative> alternatives() const;
  const Unknown& unknown() const { return *unknown_pointer; }

  // The entry of a mapping; null when absent or when this is not a mapping. The last entry wins
  // where a format allows repeats. Guarded entries are returned too: look at value.guard.
  const Value* find(std::string_view key) const;
};

struct Entry {
  std::string_view key;
  core::Span key_span;
  Value value;
};

struct Alternative {
  Guard guard = kAlways;
  Value value;  // never kAlternatives itself
};

inline std::span<const Entry> Value::entries() const {
  return {size ? entry_array : nullptr, size};
}
inline std::span<const Alternative> Value::alternatives() const {
  return {alternative_array, size};
}

// What is known about an unknown. Unset bounds are nullptr / -1.
struct Unknown {
  // Identity: two unknowns with equal, non-empty ids are the same value. An id is also the subject
  // of guards. Ids are unique in the project: formats write "ROOT#var.env" (reports show what stands
  // behind the #). Derived ones spell the operation: "ROOT#length(var.ids)".
  core::Symbol id;
  const Type* type = nullptr;  // null: not known
  bool not_null = false;
  std::string_view prefix;     // strings: the text starts with this
  std::string_view suffix;     // and ends with this; the two may overlap
  const core::Number* minimum = nullptr;  // numbers, inclusive
  const core::Number* maximum = nullptr;
  int64_t min_length = -1;  // collections (and strings, in characters)
  int64_t max_length = -1;
  const core::Symbol* cause_array = nullptr;  // "var.acl", "data.aws_ami.x.id", sorted by text
  uint32_t cause_count = 0;
  // Structured text with holes (a template or jsonencode with unknown parts); null when not kept.
  const Value* structure = nullptr;

  std::span<const core::Symbol> causes() const { return {cause_array, cause_count}; }
};

// --- Making values. All take the arena that will own the payload; texts are NOT copied.
Value null_value(const Type* type = nullptr);
Value bool_value(bool value);
Value number_value(const core::Number& number, core::Arena& arena);
Value int_value(int64_t value);
Value string_value(std::string_view text);
Value list_value(std::span<const Value> items, core::Arena& arena, ValueKind kind = ValueKind::kList);
Value object_value(std::span<const Entry> entries, core::Arena& arena, ValueKind kind = ValueKind::kObject);
// Flattens nested alternatives, drops impossible ones, merges equal values, gives the single one left
// when its guard is all there is, and widens to unknown beyond core::kMaxAlternatives.
Value alternatives_value(std::span<const Alternative> alternatives, Guards& guards, core::Arena& arena);
Value unknown_value(const Unknown& unknown, core::Arena& arena);
// An unknown named after one input: its cause is what stands behind the # of `id`.
Value unknown_input(std::string_view id, const Type* type, core::Arena& arena);
// An unknown computed from others: causes are the union of the arguments' causes (also those inside
// collections and of guards), marks are joined; `id` names the operation or is empty.
Value derived_unknown(std::string_view id, const Type* type, std::span<const Value> from,
                      const Guards& guards, core::Arena& arena);

Value with_span(Value value, core::Span span);
Value with_origin(Value value, const Origin* origin);
Value with_marks(Value value, uint8_t marks);  // adds
Value with_guard(Value value, Guard guard);    // replaces

// --- Looking at values.
// Deep structural equality of known values by kind and content; spans, origins and marks do not
// count. Lists equal tuples and maps equal objects with the same content. Unknowns are equal when
// their identities are.
bool same_value(const Value& a, const Value& b);
// Nothing unknown, no alternatives and no guarded parts anywhere inside.
bool wholly_known(const Value& value);
// The union of causes of everything unknown inside, sorted by text.
std::vector<core::Symbol> causes_of(const Value& value, const Guards& guards);
uint8_t marks_inside(const Value& value);  // union of marks of the value and all its parts
// The value at "a.b[0].c" or `a["x.y"].c`; null when absent.
const Value* at_path(const Value& value, std::string_view path);
// The type of a value, as Terraform's type() sees it.
const Type* type_of(const Value& value, core::Arena& arena);
// Canonical text of a known primitive or null, as used in atoms: JSON. Empty for others.
std::string literal_text(const Value& value);
// Compact JSON-like text for tests and debug: unknowns as <unknown var.x>, alternatives as
// <prod: "a" | not prod: "b">, sensitive as (sensitive) unless `reveal`.
std::string to_text(const Value& value, const Guards* guards = nullptr, bool reveal = false);

}  // namespace assay::model
