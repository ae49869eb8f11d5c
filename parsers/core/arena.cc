#include "parsers/core/arena.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "parsers/core/check.h"

namespace assay::core {
namespace {
constexpr size_t kLargestRegularBlock = 64 * 1024;
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "assay: internal error: %s:%d: %s\nPlease report this as a bug.\n", file,
               line, condition);
  std::abort();
}

void* Arena::allocate_in_new_block(size_t size, size_t alignment) {
  size_t wanted = std::max(next_block_, size + alignment);
  blocks_.push_back({std::unique_ptr<char[]>(new char[wanted]), wanted});
  reserved_ += wanted;
  if (next_block_ < kLargestRegularBlock)
    next_block_ = std::min(next_block_ * 2, kLargestRegularBlock);
  cursor_ = blocks_.back().memory.get();
  limit_ = cursor_ + wanted;
  return allocate(size, alignment);
}

void Arena::reset() {
  if (blocks_.empty()) return;
  auto largest = std::max_element(blocks_.begin(), blocks_.end(),
                                  [](const Block& a, const Block& b) { return a.size < b.size; });
  Block kept = std::move(*largest);
  blocks_.clear();
  reserved_ = kept.size;
  cursor_ = kept.memory.get();
  limit_ = cursor_ + kept.size;
  blocks_.push_back(std::move(kept));
}

}  // namespace assay::core
