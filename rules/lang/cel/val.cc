#include "rules/lang/cel/val.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

constexpr size_t kMaxTextBytes = 1u << 16;  // of to_text(): shared parts are printed each time

bool plain_name(std::string_view key) {
  if (key.empty()) return false;
  for (size_t i = 0; i < key.size(); ++i) {
    char c = key[i];
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                (i > 0 && ((c >= '0' && c <= '9') || c == '-'));
    if (!word) return false;
  }
  return true;
}

void append_path(const Path* path, std::string& out) {
  // Paths are as long as the expression's nesting, which the parser bounds.
  if (path->parent) append_path(path->parent, out);
  if (path->is_index) {
    out += '[';
    out += std::to_string(path->index);
    out += ']';
  } else if (path->key.empty()) {
    return;  // the view itself
  } else if (plain_name(path->key)) {
    if (!out.empty()) out += '.';
    out += path->key;
  } else {
    out += '[';
    append_quoted(path->key, out);
    out += ']';
  }
}

template <typename T>
int order(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Against doubles, integers are compared as doubles (cel-spec, "Cross-type numeric comparisons", as
// cel-go computes them), except beyond their own range.
int compare_int_double(int64_t a, double b) {
  if (std::isnan(b)) return 2;
  if (b > 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  return order(static_cast<double>(a), b);
}

int compare_uint_double(uint64_t a, double b) {
  if (std::isnan(b)) return 2;
  if (b < 0) return 1;
  if (b > 18446744073709551616.0) return -1;
  return order(static_cast<double>(a), b);
}

uint64_t mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  return x * 0xc4ceb9fe1a85ec53ull;
}

void append(const Val& value, std::string& out, int depth) {
  switch (value.kind) {
    case Kind::kError: out += "error: "; out += value.text(); return;
    case Kind::kNull: out += "null"; return;
    case Kind::kBool: out += value.boolean ? "true" : "false"; return;
    case Kind::kInt: out += std::to_string(value.integer); return;
    case Kind::kUint: out += std::to_string(value.natural); out += 'u'; return;
    case Kind::kDouble: append_double(value.real, out); return;
    case Kind::kString: append_quoted(value.text(), out); return;
    case Kind::kBytes: out += 'b'; append_quoted(value.text(), out); return;
    case Kind::kTimestamp:
      out += "timestamp(\"";
      append_timestamp(value.integer, value.size, out);
      out += "\")";
      return;
    case Kind::kDuration:
      out += "duration(\"";
      append_duration(value.integer, out);
      out += "\")";
      return;
    case Kind::kType: out += value.text(); return;
    case Kind::kIp:
    case Kind::kCidr: append_network(*value.network, value.kind == Kind::kCidr, out); return;
    case Kind::kOpaque: out += value.opaque->type->name; return;
    case Kind::kOptional:
      if (!value.optional) {
        out += "optional.none()";
      } else {
        out += "optional.of(";
        append(*value.optional, out, depth + 1);
        out += ')';
      }
      return;
    case Kind::kUnknown: {
      out += '<';
      std::string_view id = value.model->unknown().id.text();
      out += id.empty() ? std::string_view("unknown") : id;
      out += '>';
      return;
    }
    case Kind::kList:
    case Kind::kMap: break;
  }
  if (depth > 64 || out.size() > kMaxTextBytes) {
    out += "...";
    return;
  }
  if (value.from_model()) {
    out += model::to_text(*value.model);
  } else if (value.kind == Kind::kList) {
    out += '[';
    for (uint32_t i = 0; i < value.size; ++i) {
      if (i) out += ", ";
      append(value.items[i], out, depth + 1);
    }
    out += ']';
  } else {
    out += '{';
    for (uint32_t i = 0; i < value.map->size; ++i) {
      if (i) out += ", ";
      append(value.map->keys[i], out, depth + 1);
      out += ": ";
      append(value.map->values[i], out, depth + 1);
    }
    out += '}';
  }
}

}  // namespace

std::string to_text(const Path* path) {
  std::string out;
  if (path) append_path(path, out);
  return out;
}

Val some_val(const Val& value, core::Arena& arena) {
  Val v;
  v.kind = Kind::kOptional;
  v.optional = arena.make<Val>(value);
  return v;
}

Val map_val(std::span<const Val> keys, std::span<const Val> values, core::Arena& arena) {
  MapData* map = arena.make<MapData>();
  map->keys = keys.data();
  map->values = values.data();
  map->size = static_cast<uint32_t>(keys.size());
  if (keys.size() > 8) {
    uint32_t capacity = 16;
    while (capacity < keys.size() * 2) capacity *= 2;
    uint32_t* slots = arena.make_array<uint32_t>(capacity);
    std::fill(slots, slots + capacity, 0);
    for (uint32_t i = 0; i < keys.size(); ++i) {
      uint32_t slot = static_cast<uint32_t>(hash_key(keys[i])) & (capacity - 1);
      // A key that comes again is not entered again, so that many of it cost no more than one.
      while (slots[slot] && !same_key(keys[slots[slot] - 1], keys[i])) slot = (slot + 1) & (capacity - 1);
      if (!slots[slot]) slots[slot] = i + 1;
    }
    map->slots = slots;
    map->mask = capacity - 1;
  }
  Val v;
  v.kind = Kind::kMap;
  v.map = map;
  v.size = map->size;
  return v;
}

Val network_val(Kind kind, const Network& network, core::Arena& arena) {
  Val v;
  v.kind = kind;
  v.network = arena.make<Network>(network);
  return v;
}

Val opaque_val(const Opaque* value) {
  Val v;
  v.kind = Kind::kOpaque;
  v.opaque = value;
  return v;
}

uint64_t hash_key(const Val& key) {
  switch (key.kind) {
    case Kind::kBool: return key.boolean ? 0x9e3779b97f4a7c15ull : 0x7f4a7c159e3779b9ull;
    case Kind::kInt: return mix(static_cast<uint64_t>(key.integer));
    case Kind::kUint: return mix(key.natural);
    case Kind::kDouble: {
      if (key.real >= -9223372036854775808.0 && key.real < 9223372036854775808.0) {
        return mix(static_cast<uint64_t>(static_cast<int64_t>(key.real)));
      }
      if (key.real >= 0 && key.real < 18446744073709551616.0) {
        return mix(static_cast<uint64_t>(key.real));
      }
      return mix(std::bit_cast<uint64_t>(key.real));  // equal to no whole number
    }
    case Kind::kString: {
      uint64_t hash = 0xcbf29ce484222325ull;
      for (char c : key.text()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
      return mix(hash);
    }
    default: return 0;
  }
}

bool same_key(const Val& a, const Val& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind != b.kind) return false;
  if (a.kind == Kind::kBool) return a.boolean == b.boolean;
  return a.kind == Kind::kString && a.text() == b.text();
}

int64_t find_key(const MapData& map, const Val& key) {
  if (map.slots) {
    uint32_t slot = static_cast<uint32_t>(hash_key(key)) & map.mask;
    while (uint32_t at = map.slots[slot]) {
      if (same_key(map.keys[at - 1], key)) return at - 1;
      slot = (slot + 1) & map.mask;
    }
    return -1;
  }
  for (uint32_t i = 0; i < map.size; ++i) {
    if (same_key(map.keys[i], key)) return i;
  }
  return -1;
}

int compare_numbers(const Val& a, const Val& b) {
  switch (a.kind) {
    case Kind::kInt:
      if (b.kind == Kind::kInt) return order(a.integer, b.integer);
      if (b.kind == Kind::kUint) {
        return a.integer < 0 ? -1 : order(static_cast<uint64_t>(a.integer), b.natural);
      }
      return compare_int_double(a.integer, b.real);
    case Kind::kUint:
      if (b.kind == Kind::kUint) return order(a.natural, b.natural);
      if (b.kind == Kind::kDouble) return compare_uint_double(a.natural, b.real);
      return -compare_numbers(b, a);
    default: {
      if (b.kind == Kind::kDouble) {
        if (std::isnan(a.real) || std::isnan(b.real)) return 2;
        return order(a.real, b.real);
      }
      int reversed = compare_numbers(b, a);
      return reversed == 2 ? 2 : -reversed;
    }
  }
}

std::string_view type_name(const Val& value) {
  switch (value.kind) {
    case Kind::kError: return "error";
    case Kind::kNull: return "null_type";
    case Kind::kBool: return "bool";
    case Kind::kInt: return "int";
    case Kind::kUint: return "uint";
    case Kind::kDouble: return "double";
    case Kind::kString: return "string";
    case Kind::kBytes: return "bytes";
    case Kind::kList: return "list";
    case Kind::kMap: return "map";
    case Kind::kTimestamp: return "google.protobuf.Timestamp";
    case Kind::kDuration: return "google.protobuf.Duration";
    case Kind::kType: return "type";
    case Kind::kOptional: return "optional_type";
    case Kind::kIp: return "net.IP";
    case Kind::kCidr: return "net.CIDR";
    case Kind::kUnknown: return "unknown";
    case Kind::kOpaque: return value.opaque->type->name;
  }
  return "unknown";
}

std::string to_text(const Val& value) {
  std::string out;
  append(value, out, 0);
  return out;
}

}  // namespace assay::rules::cel
