// A bump allocator. Everything that lives as long as a file, a model or one rule evaluation is
// allocated here and freed at once. Objects must be trivially destructible: no destructor runs.
//
// Ownership: whoever owns the Arena owns all that was made in it; views into it are tied to it.
// Threads: one thread at a time. Workers have an arena each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace assay::core {

class Arena {
 public:
  // `first_block` is the size in bytes of the first block; later ones double up to 64 KiB, so a
  // small file costs little and a large one few blocks.
  explicit Arena(size_t first_block = 4096) : next_block_(first_block < 64 ? 64 : first_block) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  void* allocate(size_t size, size_t alignment) {
    uintptr_t at = (reinterpret_cast<uintptr_t>(cursor_) + alignment - 1) & ~(alignment - 1);
    if (cursor_ == nullptr || at + size > reinterpret_cast<uintptr_t>(limit_)) {
      return allocate_in_new_block(size, alignment);
    }
    cursor_ = reinterpret_cast<char*>(at + size);
    return reinterpret_cast<void*>(at);
  }

  template <typename T, typename... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
  }

  // Uninitialised room for `count` objects of T; null when count is 0.
  template <typename T>
  T* make_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return nullptr;
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  template <typename T>
  std::span<const T> copy(std::span<const T> items) {
    T* out = make_array<T>(items.size());
    for (size_t i = 0; i < items.size(); ++i) new (out + i) T(items[i]);
    return {out, items.size()};
  }
  template <typename T>
  std::span<const T> copy(const std::vector<T>& items) {
    return copy(std::span<const T>(items.data(), items.size()));
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* out = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(out, text.data(), text.size());
    return {out, text.size()};
  }

  // Forgets all contents but keeps the largest block, for scratch arenas.
  void reset();
  // Bytes obtained from the system, for --stats.
  size_t reserved_bytes() const { return reserved_; }

 private:
  void* allocate_in_new_block(size_t size, size_t alignment);

  struct Block {
    std::unique_ptr<char[]> memory;
    size_t size;
  };
  char* cursor_ = nullptr;
  char* limit_ = nullptr;
  size_t next_block_;
  size_t reserved_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace assay::core
