#include "parsers/core/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace assay::core {
namespace {

TEST(ResultTest, ValueOrError) {
  Result<int> good = 3, bad = Error{"not-found", "x does not exist"};
  EXPECT_TRUE(good.has_value());
  EXPECT_EQ(*good, 3);
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "not-found");
  EXPECT_EQ(bad.value_or(7), 7);
  EXPECT_TRUE(ok().has_value());
}

TEST(ResultTest, MovesItsValue) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(ResultDeathTest, TheWrongHalfIsAProgrammersError) {
  Result<int> bad = Error{"x", "y"};
  EXPECT_DEATH((void)bad.value(), "internal error");
}

}  // namespace
}  // namespace assay::core
