#include "parsers/core/small_vector.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

TEST(SmallVectorTest, GrowsBeyondItsOwnRoom) {
  SmallVector<int, 4> items;
  for (int i = 0; i < 100; ++i) items.push_back(i);
  ASSERT_EQ(items.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(items[static_cast<size_t>(i)], i);
}

TEST(SmallVectorTest, MayPushOneOfItsOwn) {
  SmallVector<int, 2> items;
  items.push_back(7);
  for (int i = 0; i < 10; ++i) items.push_back(items[0]);
  EXPECT_EQ(items.back(), 7);
}

TEST(SmallVectorTest, AppendsAndTruncates) {
  SmallVector<int, 2> items;
  const int more[] = {1, 2, 3, 4, 5};
  items.append(more);
  items.append({});
  EXPECT_EQ(items.span().size(), 5u);
  items.truncate(2);
  EXPECT_EQ(items.back(), 2);
  items.truncate(9);
  EXPECT_EQ(items.size(), 2u);
  items.clear();
  EXPECT_TRUE(items.empty());
}

}  // namespace
}  // namespace assay::core
