// How many parts a value has when everything it shares is counted every time: `[x, x]` of itself forty
// times over takes little memory and has a million million parts, and whoever walks it never ends.
// The evaluator asks before it lets a value grow beyond core::kMaxCollection parts.
//
// Sizes are remembered by payload, which never moves. Threads: belongs to one evaluator.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "parsers/core/limits.h"
#include "parsers/model/value.h"

namespace assay::formats::terraform {

class ValueSizes {
 public:
  bool too_large(const model::Value& value) { return parts(value, 0) > core::kMaxCollection; }

 private:
  static constexpr uint64_t kSmall = 64;  // parts that are counted again rather than remembered

  // Saturates beyond the limit.
  uint64_t parts(const model::Value& value, uint32_t depth) {
    bool container = value.is_sequence() || value.is_mapping() || value.is_alternatives();
    if (!container || value.size == 0) return 1;
    if (depth > core::kMaxNesting) return core::kMaxCollection + 1;
    if (uint64_t few = small_parts(value, kSmall, 0)) return few;
    auto known = known_.find(value.pointer);
    if (known != known_.end()) return known->second;
    uint64_t sum = 1;
    auto add = [&](const model::Value& part) {
      if (sum <= core::kMaxCollection) sum += parts(part, depth + 1);
    };
    if (value.is_sequence()) {
      for (const model::Value& item : value.items()) add(item);
    } else if (value.is_mapping()) {
      for (const model::Entry& entry : value.entries()) add(entry.value);
    } else {
      for (const model::Alternative& alternative : value.alternatives()) add(alternative.value);
    }
    known_.emplace(value.pointer, sum);
    return sum;
  }

  // 0: more than `most`.
  static uint64_t small_parts(const model::Value& value, uint64_t most, uint32_t depth) {
    bool container = value.is_sequence() || value.is_mapping() || value.is_alternatives();
    if (!container || value.size == 0) return 1;
    if (value.size >= most || depth > kSmall) return 0;
    uint64_t sum = 1;
    auto add = [&](const model::Value& part) {
      uint64_t more = sum < most ? small_parts(part, most - sum, depth + 1) : 0;
      sum += more;
      return more != 0;
    };
    if (value.is_sequence()) {
      for (const model::Value& item : value.items()) {
        if (!add(item)) return 0;
      }
    } else if (value.is_mapping()) {
      for (const model::Entry& entry : value.entries()) {
        if (!add(entry.value)) return 0;
      }
    } else {
      for (const model::Alternative& alternative : value.alternatives()) {
        if (!add(alternative.value)) return 0;
      }
    }
    return sum;
  }

  std::unordered_map<const void*, uint64_t> known_;
};

}  // namespace assay::formats::terraform
