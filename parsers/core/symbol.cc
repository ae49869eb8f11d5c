#include "parsers/core/symbol.h"

#include <array>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "parsers/core/arena.h"

namespace assay::core {
namespace {

// An id is (index << kShardBits | shard) + 1; 0 is the empty string. A shard's texts are kept in
// chunks that never move, so that text() needs the lock only to find the chunk.
constexpr uint32_t kShardBits = 4;
constexpr uint32_t kShards = 1u << kShardBits;

struct Shard {
  std::mutex mutex;
  Arena arena;
  std::unordered_map<std::string_view, uint32_t> ids;
  std::vector<std::string_view> texts;
};

std::array<Shard, kShards>& shards() {
  static auto* all = new std::array<Shard, kShards>;  // never destroyed: symbols outlive all else
  return *all;
}

}  // namespace

Symbol::Symbol(std::string_view text) {
  if (text.empty()) return;
  uint32_t which = static_cast<uint32_t>(std::hash<std::string_view>{}(text)) & (kShards - 1);
  Shard& shard = shards()[which];
  std::lock_guard lock(shard.mutex);
  auto found = shard.ids.find(text);
  if (found == shard.ids.end()) {
    std::string_view kept = shard.arena.copy(text);
    uint32_t index = static_cast<uint32_t>(shard.texts.size());
    shard.texts.push_back(kept);
    found = shard.ids.emplace(kept, ((index << kShardBits) | which) + 1).first;
  }
  id_ = found->second;
}

std::string_view Symbol::text() const {
  if (id_ == 0) return {};
  Shard& shard = shards()[(id_ - 1) & (kShards - 1)];
  std::lock_guard lock(shard.mutex);
  return shard.texts[(id_ - 1) >> kShardBits];
}

}  // namespace assay::core
