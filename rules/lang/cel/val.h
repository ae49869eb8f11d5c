// Val: what CEL expressions compute with. A Val either wraps a model::Value without copying it or
// holds a value of its own; both look alike to operators and functions.
//
// Layout (32 bytes): 8 of kind, flags and size, 8 of payload, 8 that point at the model value this
// one was read from, 8 of the path by which it was reached. Copying is cheap.
//
// Ownership: payloads live in the evaluation's arena, in the program (literals) or in the model.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "parsers/core/arena.h"
#include "parsers/model/value.h"

namespace assay::rules::cel {

enum class Kind : uint8_t {
  kError,  // an in-language error; text() is the message
  kNull, kBool, kInt, kUint, kDouble, kString, kBytes, kList, kMap,
  kTimestamp,  // payload seconds since 1970, `size` nanoseconds
  kDuration,   // payload nanoseconds
  kType,       // text() is the name
  kOptional,   // payload points at the value, or is null
  kIp, kCidr,  // payload points at a Network
  kUnknown,    // `model` is the unknown
  kOpaque,     // payload points at a value of a library: quantity, URL, format, version
};

// How a value was reached from the view: a step and what stands before it.
struct Path {
  const Path* parent = nullptr;
  std::string_view key;  // of a field; empty for an index
  uint32_t index = 0;
  bool is_index = false;
};

// The first step of a path that leads into another resource than the judged one; `index` is its Resource::index.
inline constexpr std::string_view kOtherResource = "\x01";

// "ingress[1].cidr_blocks[0]"; keys that are no plain names as ["a.b"].
std::string to_text(const Path* path);

struct Network {
  uint8_t bytes[16] = {};  // IPv4 in the first four
  uint8_t family = 4;      // 4 or 6
  uint8_t prefix = 0;      // of kCidr
};

// The head of every value of Kind::kOpaque. Its type names it in signatures; values of one type compare by `equal`.
struct OpaqueType {
  std::string_view name;  // "kubernetes.Quantity"
  bool (*equal)(const void* a, const void* b) = nullptr;
};
struct Opaque {
  const OpaqueType* type = nullptr;
};

struct Val;
struct MapData;

// Flags of Val.
inline constexpr uint8_t kFromModel = 1;  // kList, kMap: the parts are those of `model`
inline constexpr uint8_t kMissing = 2;    // kNull of rules mode: `model` is the nearest existing parent
inline constexpr uint8_t kStatements = 4;  // kList of the model: its elements read as policy statements
inline constexpr uint8_t kStatement = 8;   // kMap of the model: reads as a policy statement (policy_view.h)

struct Val {
  Kind kind = Kind::kNull;
  uint8_t flags = 0;
  uint32_t size = 0;
  union {
    int64_t integer = 0;
    uint64_t natural;
    bool boolean;
    double real;
    const char* chars;
    const Val* items;
    const MapData* map;
    const Val* optional;
    const Network* network;
    const Opaque* opaque;
  };
  const model::Value* model = nullptr;
  const Path* path = nullptr;

  bool is(Kind k) const { return kind == k; }
  bool is_error() const { return kind == Kind::kError; }
  bool is_null() const { return kind == Kind::kNull; }
  bool is_unknown() const { return kind == Kind::kUnknown; }
  bool is_number() const { return kind >= Kind::kInt && kind <= Kind::kDouble; }
  bool is_text() const { return kind == Kind::kString || kind == Kind::kBytes; }
  bool is_true() const { return kind == Kind::kBool && boolean; }
  bool is_false() const { return kind == Kind::kBool && !boolean; }
  bool from_model() const { return (flags & kFromModel) != 0; }
  // REQUIRES: an error, string, bytes or type.
  std::string_view text() const { return {chars, size}; }
};
static_assert(sizeof(Val) == 32);

// An own map. Keys are bool, int, uint or string; more than a few are indexed by hash.
struct MapData {
  const Val* keys = nullptr;
  const Val* values = nullptr;
  uint32_t size = 0;
  const uint32_t* slots = nullptr;  // position + 1, or 0
  uint32_t mask = 0;
};

inline Val null_val() { return {}; }
inline Val bool_val(bool value) {
  Val v;
  v.kind = Kind::kBool;
  v.boolean = value;
  return v;
}
inline Val int_val(int64_t value) {
  Val v;
  v.kind = Kind::kInt;
  v.integer = value;
  return v;
}
inline Val uint_val(uint64_t value) {
  Val v;
  v.kind = Kind::kUint;
  v.natural = value;
  return v;
}
inline Val double_val(double value) {
  Val v;
  v.kind = Kind::kDouble;
  v.real = value;
  return v;
}
// The text is not copied.
inline Val text_val(Kind kind, std::string_view text) {
  Val v;
  v.kind = kind;
  v.chars = text.data();
  v.size = static_cast<uint32_t>(text.size());
  return v;
}
inline Val string_val(std::string_view text) { return text_val(Kind::kString, text); }
inline Val bytes_val(std::string_view text) { return text_val(Kind::kBytes, text); }
inline Val type_val(std::string_view name) { return text_val(Kind::kType, name); }
inline Val error_val(std::string_view message) { return text_val(Kind::kError, message); }
inline Val timestamp_val(int64_t seconds, uint32_t nanos) {
  Val v;
  v.kind = Kind::kTimestamp;
  v.integer = seconds;
  v.size = nanos;
  return v;
}
inline Val duration_val(int64_t nanos) {
  Val v;
  v.kind = Kind::kDuration;
  v.integer = nanos;
  return v;
}
// The items are not copied.
inline Val list_val(std::span<const Val> items) {
  Val v;
  v.kind = Kind::kList;
  v.items = items.data();
  v.size = static_cast<uint32_t>(items.size());
  return v;
}
inline Val none_val() {
  Val v;
  v.kind = Kind::kOptional;
  v.optional = nullptr;
  return v;
}
Val some_val(const Val& value, core::Arena& arena);
// Keys must differ; `keys` and `values` are not copied.
Val map_val(std::span<const Val> keys, std::span<const Val> values, core::Arena& arena);
Val network_val(Kind kind, const Network& network, core::Arena& arena);
Val opaque_val(const Opaque* value);

// Hash of a map key, equal for equal numbers of any kind; keys that cannot be keys give 0.
uint64_t hash_key(const Val& key);
// Equality of two map keys.
bool same_key(const Val& a, const Val& b);
// The position of a key in an own map; -1 when absent.
int64_t find_key(const MapData& map, const Val& key);

// -1, 0, 1 between numbers of any kind; 2 when one is NaN.
int compare_numbers(const Val& a, const Val& b);

// The name type() gives: "int", "list", "google.protobuf.Timestamp".
std::string_view type_name(const Val& value);

// CEL-like text for tests, messages and canonical ids: [1, 2u, "a"], {"k": true}.
std::string to_text(const Val& value);

}  // namespace assay::rules::cel
