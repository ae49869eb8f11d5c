#include "parsers/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "parsers/core/deadline.h"

namespace assay::core {
namespace {

TEST(ParallelTest, CoversEachIndexOnce) {
  for (size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{15}, size_t{1000}}) {
    for (size_t grain : {size_t{0}, size_t{1}, size_t{7}, size_t{5000}}) {
      for (unsigned jobs : {0u, 1u, 2u, 8u}) {
        std::vector<int> seen(count, 0);
        parallel_for(count, grain, jobs, [&](size_t begin, size_t end, unsigned) {
          EXPECT_LT(begin, end);
          for (size_t i = begin; i < end; ++i) ++seen[i];
        });
        EXPECT_EQ(seen, std::vector<int>(count, 1)) << count << " " << grain << " " << jobs;
      }
    }
  }
}

TEST(ParallelTest, WorkersAreExclusive) {
  constexpr unsigned kJobs = 4;
  std::atomic<bool> busy[kJobs] = {};
  std::atomic<int> clashes{0}, out_of_range{0};
  std::vector<size_t> done(kJobs, 0);
  parallel_for(2000, 1, kJobs, [&](size_t begin, size_t end, unsigned worker) {
    if (worker >= kJobs) {
      ++out_of_range;
      return;
    }
    if (busy[worker].exchange(true)) ++clashes;
    done[worker] += end - begin;
    if (begin % 64 == 0) std::this_thread::yield();
    busy[worker] = false;
  });
  EXPECT_EQ(clashes, 0);
  EXPECT_EQ(out_of_range, 0);
  size_t total = 0;
  for (size_t n : done) total += n;
  EXPECT_EQ(total, 2000u);
}

TEST(ParallelTest, OneJobRunsInOrderOnTheCaller) {
  std::vector<size_t> begins;
  std::thread::id caller = std::this_thread::get_id();
  parallel_for(10, 3, 1, [&](size_t begin, size_t, unsigned worker) {
    EXPECT_EQ(worker, 0u);
    EXPECT_EQ(std::this_thread::get_id(), caller);
    begins.push_back(begin);
  });
  EXPECT_EQ(begins, (std::vector<size_t>{0, 3, 6, 9}));
}

TEST(ParallelTest, Nests) {
  std::atomic<int> sum{0};
  parallel_for(8, 1, 4, [&](size_t, size_t, unsigned) {
    parallel_for(8, 1, 4,
                 [&](size_t begin, size_t end, unsigned) { sum += static_cast<int>(end - begin); });
  });
  EXPECT_EQ(sum, 64);
}

// Uses about a kilobyte of stack for each level.
int descend(int levels) {
  volatile char room[1024];
  room[0] = static_cast<char>(levels);
  return levels == 0 ? room[0] : descend(levels - 1) + (room[0] == static_cast<char>(levels));
}

TEST(ParallelTest, DeepStack) {
  int levels = 0;
  with_deep_stack([&] { levels = descend(24 * 1024); });  // three times what a main thread usually has
  EXPECT_EQ(levels, 24 * 1024);
}

TEST(ParallelTest, SmallWorkIsSerial) {
  EXPECT_EQ(sensible_jobs(3, 1000, 8), 1u);
  EXPECT_EQ(sensible_jobs(16, 1000, 8), 8u);
  EXPECT_EQ(sensible_jobs(1, 256 * 1024, 8), 8u);
  EXPECT_EQ(sensible_jobs(100, 0, 0), available_processors());
  EXPECT_GE(available_processors(), 1u);
}

TEST(ParallelTest, CancelledChunksAreNotRun) {
  for (unsigned jobs : {1u, 2u}) {
    std::atomic<bool> flag{false};
    std::atomic<size_t> ran{0};
    Watch watch(&flag);
    parallel_for(100'000, 1, jobs, [&](size_t, size_t, unsigned) {
      EXPECT_EQ(Watch::current(), &flag);
      if (ran.fetch_add(1) == 10) flag = true;
    });
    EXPECT_GE(ran, 11u);
    EXPECT_LT(ran, 11u + jobs);
  }
}

}  // namespace
}  // namespace assay::core
