#include "parsers/core/deadline.h"

#include <gtest/gtest.h>

namespace assay::core {
namespace {

TEST(DeadlineTest, NeverByDefault) {
  Deadline never;
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(never.expired());
  EXPECT_FALSE(never.expired_now());
}

TEST(DeadlineTest, ExpiresAndStaysSo) {
  Deadline past = Deadline::after(std::chrono::milliseconds(0));
  EXPECT_TRUE(past.expired());
  EXPECT_TRUE(past.expired());
  EXPECT_FALSE(Deadline::after(std::chrono::hours(1)).expired());
}

TEST(DeadlineTest, CancellationIsSeenWithin256Calls) {
  Cancellation cancellation;
  Deadline deadline(&cancellation);
  EXPECT_FALSE(deadline.expired());
  cancellation.cancel();
  int calls = 0;
  while (!deadline.expired()) ASSERT_LT(++calls, 257);
}

TEST(WatchTest, WorkBelowSeesTheFlagOfItsWatch) {
  std::atomic<bool> flag{false};
  EXPECT_FALSE(cancelled());
  {
    Watch watch(&flag);
    Deadline deadline;
    EXPECT_FALSE(deadline.expired_now());
    flag = true;
    EXPECT_TRUE(cancelled());
    EXPECT_TRUE(deadline.expired_now());
    Watch none(nullptr);
    EXPECT_FALSE(cancelled());
  }
  EXPECT_FALSE(cancelled());
}

}  // namespace
}  // namespace assay::core
