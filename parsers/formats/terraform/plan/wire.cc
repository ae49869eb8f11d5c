#include "parsers/formats/terraform/plan/wire.h"

#include <bit>
#include <string>
#include <vector>

#include "parsers/core/limits.h"

namespace assay::formats::terraform {

using model::Value;

bool MessageReader::varint(uint64_t* out) {
  *out = 0;
  for (uint32_t shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    uint8_t byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    *out |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool MessageReader::next() {
  bytes_ = {};
  number_ = 0;
  if (failed_ || rest_.empty()) return false;
  uint64_t key = 0;
  failed_ = true;
  if (!varint(&key) || key >> 3 == 0 || key >> 35 != 0) return false;
  field_ = static_cast<uint32_t>(key >> 3);
  size_t fixed = 0;
  switch (key & 7) {
    case 0:
      if (!varint(&number_)) return false;
      break;
    case 1: fixed = 8; break;
    case 5: fixed = 4; break;
    case 2: {
      uint64_t length = 0;
      if (!varint(&length) || length > rest_.size()) return false;
      bytes_ = rest_.substr(0, length);
      rest_.remove_prefix(length);
      break;
    }
    default: return false;
  }
  if (fixed > rest_.size()) return false;
  rest_.remove_prefix(fixed);
  failed_ = false;
  return true;
}

namespace {

constexpr int kRefinedUnknown = 12;  // cty's MessagePack extension
// Keys of the refinements of an unknown value.
constexpr int64_t kNullness = 1, kPrefix = 2, kMinimum = 3, kMaximum = 4, kMinLength = 5, kMaxLength = 6;

class PackReader {
 public:
  PackReader(std::string_view bytes, core::Arena& arena, const MakeUnknown& unknown)
      : rest_(bytes), arena_(arena), unknown_(unknown) {}

  bool value(Value* out, std::string& path, uint32_t depth) {
    uint8_t head = 0;
    if (depth > core::kMaxNesting || ++values_ > core::kMaxNodes || !byte(&head)) return false;
    if (head < 0x80) return number(out, head);
    if (head >= 0xe0) return number(out, static_cast<int8_t>(head));
    if ((head & 0xf0) == 0x80) return mapping(out, head & 15, path, depth);
    if ((head & 0xf0) == 0x90) return sequence(out, head & 15, path, depth);
    if ((head & 0xe0) == 0xa0) return text(out, head & 31);
    uint64_t n = 0;
    switch (head) {
      case 0xc0: *out = model::null_value(); return true;
      case 0xc2: *out = model::bool_value(false); return true;
      case 0xc3: *out = model::bool_value(true); return true;
      case 0xc4: return fixed(1, &n) && text(out, n);  // bytes: the type of a value of any type
      case 0xc5: return fixed(2, &n) && text(out, n);
      case 0xc6: return fixed(4, &n) && text(out, n);
      case 0xc7: return fixed(1, &n) && extension(out, n, path, depth);
      case 0xc8: return fixed(2, &n) && extension(out, n, path, depth);
      case 0xc9: return fixed(4, &n) && extension(out, n, path, depth);
      case 0xca: return fixed(4, &n) && floating(out, std::bit_cast<float>(static_cast<uint32_t>(n)));
      case 0xcb: return fixed(8, &n) && floating(out, std::bit_cast<double>(n));
      case 0xcc: return fixed(1, &n) && number(out, static_cast<int64_t>(n));
      case 0xcd: return fixed(2, &n) && number(out, static_cast<int64_t>(n));
      case 0xce: return fixed(4, &n) && number(out, static_cast<int64_t>(n));
      case 0xcf: return fixed(8, &n) && unsigned_number(out, n);
      case 0xd0: return fixed(1, &n) && number(out, static_cast<int8_t>(n));
      case 0xd1: return fixed(2, &n) && number(out, static_cast<int16_t>(n));
      case 0xd2: return fixed(4, &n) && number(out, static_cast<int32_t>(n));
      case 0xd3: return fixed(8, &n) && number(out, static_cast<int64_t>(n));
      case 0xd4: return extension(out, 1, path, depth);
      case 0xd5: return extension(out, 2, path, depth);
      case 0xd6: return extension(out, 4, path, depth);
      case 0xd7: return extension(out, 8, path, depth);
      case 0xd8: return extension(out, 16, path, depth);
      case 0xd9: return fixed(1, &n) && text(out, n);
      case 0xda: return fixed(2, &n) && text(out, n);
      case 0xdb: return fixed(4, &n) && text(out, n);
      case 0xdc: return fixed(2, &n) && sequence(out, n, path, depth);
      case 0xdd: return fixed(4, &n) && sequence(out, n, path, depth);
      case 0xde: return fixed(2, &n) && mapping(out, n, path, depth);
      case 0xdf: return fixed(4, &n) && mapping(out, n, path, depth);
      default: return false;
    }
  }

 private:
  bool byte(uint8_t* out) {
    if (rest_.empty()) return false;
    *out = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return true;
  }

  // Big-endian.
  bool fixed(size_t bytes, uint64_t* out) {
    if (rest_.size() < bytes) return false;
    *out = 0;
    for (size_t i = 0; i < bytes; ++i) *out = *out << 8 | static_cast<uint8_t>(rest_[i]);
    rest_.remove_prefix(bytes);
    return true;
  }

  bool number(Value* out, int64_t value) {
    *out = model::int_value(value);
    return true;
  }
  bool unsigned_number(Value* out, uint64_t value) {
    if (value <= INT64_MAX) return number(out, static_cast<int64_t>(value));
    auto parsed = core::Number::parse(std::to_string(value), arena_);
    if (!parsed) return false;
    *out = model::number_value(*parsed, arena_);
    return true;
  }
  bool floating(Value* out, double value) {
    auto parsed = core::Number::from_double(value, arena_);
    if (!parsed) return false;
    *out = model::number_value(*parsed, arena_);
    return true;
  }

  bool text(Value* out, uint64_t length) {
    if (length > rest_.size()) return false;
    *out = model::string_value(arena_.copy(rest_.substr(0, length)));
    rest_.remove_prefix(length);
    return true;
  }

  bool sequence(Value* out, uint64_t count, std::string& path, uint32_t depth) {
    if (count > rest_.size()) return false;  // each element takes a byte at least
    // [type in JSON, value]: a value whose type the schema leaves open.
    if (count == 2 && !rest_.empty() && static_cast<uint8_t>(rest_.front()) >= 0xc4 &&
        static_cast<uint8_t>(rest_.front()) <= 0xc6) {
      Value type;
      return value(&type, path, depth + 1) && value(out, path, depth + 1);
    }
    std::vector<Value> items;
    size_t length = path.size();
    for (uint64_t i = 0; i < count; ++i) {
      path += "[" + std::to_string(i) + "]";
      Value item;
      if (!value(&item, path, depth + 1)) return false;
      items.push_back(item);
      path.resize(length);
    }
    *out = list_value(items, arena_);
    return true;
  }

  bool mapping(Value* out, uint64_t count, std::string& path, uint32_t depth) {
    if (count > rest_.size()) return false;
    std::vector<model::Entry> entries;
    size_t length = path.size();
    for (uint64_t i = 0; i < count; ++i) {
      Value key, item;
      if (!value(&key, path, depth + 1) || !key.is_string()) return false;
      if (!path.empty()) path += ".";
      path += key.text();
      if (!value(&item, path, depth + 1)) return false;
      path.resize(length);
      entries.push_back({key.text(), {}, item});
    }
    *out = object_value(entries, arena_);
    return true;
  }

  bool extension(Value* out, uint64_t length, std::string& path, uint32_t depth) {
    uint8_t type = 0;
    if (!byte(&type) || length > rest_.size()) return false;
    std::string_view body = rest_.substr(0, length);
    rest_.remove_prefix(length);
    model::Unknown unknown;
    if (type == kRefinedUnknown && !refine(body, unknown, depth)) return false;
    *out = unknown_(path, unknown);
    return true;
  }

  // A mapping from numbers to what they refine.
  bool refine(std::string_view body, model::Unknown& unknown, uint32_t depth) {
    PackReader inner(body, arena_, unknown_);
    uint8_t head = 0;
    if (!inner.byte(&head) || (head & 0xf0) != 0x80) return false;
    std::string path;
    for (int i = 0; i < (head & 15); ++i) {
      Value key, value;
      if (!inner.value(&key, path, depth + 1) || !inner.value(&value, path, depth + 1)) return false;
      auto which = key.is_number() ? key.number().to_int64() : std::nullopt;
      if (!which) return false;
      if (*which == kNullness && value.is_bool()) unknown.not_null = !value.boolean;
      if (*which == kPrefix && value.is_string()) {
        unknown.prefix = value.text();
        unknown.type = model::string_type();
      }
      if (*which == kMinLength && value.is_number()) unknown.min_length = value.number().to_int64().value_or(-1);
      if (*which == kMaxLength && value.is_number()) unknown.max_length = value.number().to_int64().value_or(-1);
      // Bounds of numbers: [bound, inclusive].
      if ((*which == kMinimum || *which == kMaximum) && value.is_sequence() && value.size == 2 &&
          value.items()[0].is_number()) {
        unknown.type = model::number_type();
        const core::Number* bound = arena_.make<core::Number>(value.items()[0].number());
        (*which == kMinimum ? unknown.minimum : unknown.maximum) = bound;
      }
    }
    return true;
  }

  std::string_view rest_;
  core::Arena& arena_;
  const MakeUnknown& unknown_;
  uint32_t values_ = 0;
};

}  // namespace

std::optional<Value> read_message_pack(std::string_view bytes, core::Arena& arena, const MakeUnknown& unknown) {
  Value out;
  std::string path;
  if (!PackReader(bytes, arena, unknown).value(&out, path, 0)) return std::nullopt;
  return out;
}

}  // namespace assay::formats::terraform
