// From the names of a module's blocks to their positions: (kind, type, name), asked for at every
// reference, so that no text is put together for a question.
//
// Built by Module. Ownership: views texts that live as long as the module. Threads: immutable once built.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "parsers/core/hash.h"

namespace assay::formats::terraform {

class NameIndex {
 public:
  // -1 when there is none.
  int find(uint32_t kind, std::string_view type, std::string_view name) const {
    if (slots_.empty()) return -1;
    uint64_t hash = hash_of(kind, type, name);
    for (size_t at = hash & (slots_.size() - 1); slots_[at].position >= 0; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.hash == hash && slot.kind == kind && slot.name == name && slot.type == type) return slot.position;
    }
    return -1;
  }

  // The position it had already, or -1 and now has `position`.
  int add(uint32_t kind, std::string_view type, std::string_view name, int position) {
    int known = find(kind, type, name);
    if (known >= 0) return known;
    if (count_ * 4 >= slots_.size() * 3) grow();
    put({hash_of(kind, type, name), type, name, kind, position});
    ++count_;
    return -1;
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    std::string_view type, name;
    uint32_t kind = 0;
    int position = -1;
  };
  static uint64_t hash_of(uint32_t kind, std::string_view type, std::string_view name) {
    return core::hash64(name, type.empty() ? kind : core::hash64(type, kind));
  }
  void put(const Slot& slot) {
    size_t at = slot.hash & (slots_.size() - 1);
    while (slots_[at].position >= 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old = std::move(slots_);
    slots_.assign(old.empty() ? 16 : old.size() * 2, Slot{});
    for (const Slot& slot : old) {
      if (slot.position >= 0) put(slot);
    }
  }

  std::vector<Slot> slots_;
  size_t count_ = 0;
};

}  // namespace assay::formats::terraform
