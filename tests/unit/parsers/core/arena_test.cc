#include "parsers/core/arena.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

TEST(ArenaTest, AlignsAndKeeps) {
  Arena arena(64);
  std::vector<std::pair<int*, int>> made;
  for (int i = 0; i < 10'000; ++i) {
    arena.copy(std::string_view("xyz").substr(0, static_cast<size_t>(i % 4)));
    made.push_back({arena.make<int>(i), i});
    EXPECT_EQ(reinterpret_cast<uintptr_t>(arena.make<double>(1.0)) % alignof(double), 0u);
  }
  for (auto [at, value] : made) EXPECT_EQ(*at, value);
  EXPECT_GE(arena.reserved_bytes(), 10'000 * (sizeof(int) + sizeof(double)));
}

TEST(ArenaTest, LargeObjectsAndArrays) {
  Arena arena;
  std::string big(1 << 20, 'b');
  EXPECT_EQ(arena.copy(std::string_view(big)), big);
  EXPECT_EQ(arena.make_array<int>(0), nullptr);
  std::span<const int> copy = arena.copy(std::vector<int>{1, 2, 3});
  EXPECT_EQ(std::vector<int>(copy.begin(), copy.end()), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(arena.copy(std::string_view()).empty());
}

TEST(ArenaTest, ResetKeepsTheLargestBlock) {
  Arena arena(64);
  arena.reset();
  for (int i = 0; i < 1000; ++i) arena.allocate(100, 8);
  size_t before = arena.reserved_bytes();
  arena.reset();
  EXPECT_LT(arena.reserved_bytes(), before);
  EXPECT_GT(arena.reserved_bytes(), 0u);
  size_t kept = arena.reserved_bytes();
  arena.allocate(kept / 2, 1);
  EXPECT_EQ(arena.reserved_bytes(), kept);
}

TEST(ArenaTest, MovesWithItsContents) {
  Arena arena;
  std::string_view text = arena.copy(std::string_view("kept"));
  Arena other = std::move(arena);
  EXPECT_EQ(text, "kept");
}

}  // namespace
}  // namespace assay::core
