// The operators new and delete of the assay binary: lists of free pieces, one per size and thread, in front of malloc.
//
// A scan makes millions of small pieces that live shortly; malloc keeps seven of a size at hand and takes the long way
// for the others, which was a tenth of a scan. Pieces up to kLargest bytes come from chunks of one region, each chunk
// of one size, so that the address tells the size. A piece goes back to the list of the thread that frees it; chunks are
// never given back: the process ends after one scan. Everything else, and all once the region is used up, is malloc's.
// Builds with a sanitizer keep its operators.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ASSAY_SANITIZED
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(ASSAY_SANITIZED)
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr size_t kStep = 16;
constexpr size_t kLargest = 1024;
constexpr size_t kSizes = kLargest / kStep + 1;
constexpr size_t kChunk = size_t{32} << 10;
constexpr size_t kRegion = size_t{4} << 30;      // of addresses; memory is taken where it is used
constexpr size_t kSmallPages = size_t{1} << 20;  // a small scan needs less; beyond, pages of 2 MB cost less
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kHugePages = size_t{62} << 20;  // more would cost a large scan time to find such pages

struct Piece {
  Piece* next;
};

// What a thread has at hand. Zero at first, so that no thread has to make it.
struct Local {
  Piece* free[kSizes];
  char* cursor[kSizes];
  char* limit[kSizes];
};
thread_local constinit Local local;

uintptr_t region = 0;  // where it begins; 0 before the first piece, and where there is none
std::atomic<size_t> used_chunks{0};
uint8_t size_of_chunk[kRegion / kChunk];  // in steps
std::atomic<int> state{0};                // 0: the region is not there yet, 1: being made, 2: there, 3: there is none

bool make_region() {
  int expected = 0;
  if (!state.compare_exchange_strong(expected, 1)) {
    while (state.load(std::memory_order_acquire) == 1) {
    }
    return state.load(std::memory_order_acquire) == 2;
  }
  void* at = mmap(nullptr, kRegion + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) {
    state.store(3, std::memory_order_release);
    return false;
  }
  // The region begins so far in front of a large page.
  uintptr_t page = (reinterpret_cast<uintptr_t>(at) + kSmallPages + kHugePage - 1) & ~(kHugePage - 1);
  region = page - kSmallPages;
  madvise(reinterpret_cast<void*>(page), kHugePages, MADV_HUGEPAGE);
  state.store(2, std::memory_order_release);
  return true;
}

// A piece of a size whose list is empty; null when the region is used up.
[[gnu::noinline]] void* carve(size_t steps) {
  size_t size = steps * kStep;
  if (static_cast<size_t>(local.limit[steps] - local.cursor[steps]) < size) {
    if (state.load(std::memory_order_acquire) != 2 && !make_region()) return nullptr;
    size_t chunk = used_chunks.fetch_add(1, std::memory_order_relaxed);
    if (chunk >= kRegion / kChunk) {
      used_chunks.store(kRegion / kChunk, std::memory_order_relaxed);
      return nullptr;
    }
    size_of_chunk[chunk] = static_cast<uint8_t>(steps);
    local.cursor[steps] = reinterpret_cast<char*>(region + chunk * kChunk);
    local.limit[steps] = local.cursor[steps] + kChunk;
  }
  char* out = local.cursor[steps];
  local.cursor[steps] = out + size;
  return out;
}

[[gnu::noinline]] void* from_malloc(size_t size) {
  void* out = std::malloc(size != 0 ? size : 1);
  if (out == nullptr) throw std::bad_alloc();
  return out;
}

inline void* allocate(size_t size) {
  if (size > kLargest) return from_malloc(size);
  size_t steps = size != 0 ? (size + kStep - 1) / kStep : 1;
  if (Piece* piece = local.free[steps]) {
    local.free[steps] = piece->next;
    return piece;
  }
  void* out = carve(steps);
  return out != nullptr ? out : from_malloc(size);
}

inline void release(void* at) {
  uintptr_t offset = reinterpret_cast<uintptr_t>(at) - region;
  if (region == 0 || offset >= kRegion) return std::free(at);
  size_t steps = size_of_chunk[offset / kChunk];
  auto* piece = static_cast<Piece*>(at);
  piece->next = local.free[steps];
  local.free[steps] = piece;
}

}  // namespace

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void operator delete(void* at) noexcept { release(at); }
void operator delete[](void* at) noexcept { release(at); }
void operator delete(void* at, size_t) noexcept { release(at); }
void operator delete[](void* at, size_t) noexcept { release(at); }
#endif
