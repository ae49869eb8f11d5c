#include "parsers/core/symbol.h"

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/core/hash.h"

namespace assay::core {
namespace {

// An id is (index << kShardBits | shard) + 1; 0 is the empty string. A shard's texts are kept in
// chunks that never move and double in size, so that text() takes no lock: whoever has a symbol got it
// from a thread that had finished writing its text.
constexpr uint32_t kShardBits = 4;
constexpr uint32_t kShards = 1u << kShardBits;
constexpr uint32_t kFirstChunkBits = 6;
constexpr uint32_t kChunks = 32 - kFirstChunkBits;

struct Shard {
  struct Slot {
    uint32_t hash = 0;
    uint32_t index = 0;  // + 1; 0: free
  };
  std::mutex mutex;
  Arena arena;
  std::vector<Slot> slots = std::vector<Slot>(64);  // open addressing, a power of two
  uint32_t count = 0;
  std::array<std::atomic<std::string_view*>, kChunks> chunks{};

  static uint32_t chunk_of(uint32_t index, uint32_t* place) {
    uint32_t shifted = index + (1u << kFirstChunkBits);
    uint32_t high = 31u - static_cast<uint32_t>(__builtin_clz(shifted));
    *place = shifted - (1u << high);
    return high - kFirstChunkBits;
  }

  std::string_view text(uint32_t index) const {
    uint32_t place;
    uint32_t chunk = chunk_of(index, &place);
    return chunks[chunk].load(std::memory_order_acquire)[place];
  }

  void grow() {
    std::vector<Slot> larger(slots.size() * 2);
    size_t mask = larger.size() - 1;
    for (const Slot& slot : slots) {
      if (slot.index == 0) continue;
      size_t at = slot.hash & mask;
      while (larger[at].index != 0) at = (at + 1) & mask;
      larger[at] = slot;
    }
    slots = std::move(larger);
  }

  uint32_t add(std::string_view given) {
    uint32_t place;
    uint32_t index = count++;
    uint32_t chunk = chunk_of(index, &place);
    std::string_view* texts = chunks[chunk].load(std::memory_order_relaxed);
    if (texts == nullptr) {
      texts = arena.make_array<std::string_view>(size_t{1} << (chunk + kFirstChunkBits));
      chunks[chunk].store(texts, std::memory_order_release);
    }
    texts[place] = arena.copy(given);
    return index;
  }
};

std::array<Shard, kShards>& shards() {
  static auto* all = new std::array<Shard, kShards>;  // never destroyed: symbols outlive all else
  return *all;
}

}  // namespace

Symbol::Symbol(std::string_view text) {
  if (text.empty()) return;
  uint64_t hash = hash64(text);
  uint32_t which = static_cast<uint32_t>(hash >> 60);
  uint32_t low = static_cast<uint32_t>(hash);
  Shard& shard = shards()[which];
  std::lock_guard lock(shard.mutex);
  size_t mask = shard.slots.size() - 1;
  size_t at = low & mask;
  for (;; at = (at + 1) & mask) {
    const Shard::Slot& slot = shard.slots[at];
    if (slot.index == 0) break;
    if (slot.hash == low && shard.text(slot.index - 1) == text) {
      id_ = (((slot.index - 1) << kShardBits) | which) + 1;
      return;
    }
  }
  uint32_t index = shard.add(text);
  shard.slots[at] = {low, index + 1};
  if (shard.count * 4 > shard.slots.size() * 3) shard.grow();
  id_ = ((index << kShardBits) | which) + 1;
}

Symbol Symbol::known(std::string_view text) {
  Symbol found;
  if (text.empty()) return found;
  uint64_t hash = hash64(text);
  uint32_t which = static_cast<uint32_t>(hash >> 60);
  uint32_t low = static_cast<uint32_t>(hash);
  Shard& shard = shards()[which];
  std::lock_guard lock(shard.mutex);
  size_t mask = shard.slots.size() - 1;
  for (size_t at = low & mask; shard.slots[at].index != 0; at = (at + 1) & mask) {
    const Shard::Slot& slot = shard.slots[at];
    if (slot.hash == low && shard.text(slot.index - 1) == text) {
      found.id_ = (((slot.index - 1) << kShardBits) | which) + 1;
      break;
    }
  }
  return found;
}

std::string_view Symbol::text() const {
  if (id_ == 0) return {};
  return shards()[(id_ - 1) & (kShards - 1)].text((id_ - 1) >> kShardBits);
}

}  // namespace assay::core
