#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

namespace rappel {
namespace {

class ThreadPoolTest : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolTest, EveryLaneRunsOnceAndBarriersSeparatePhases) {
  ThreadPool pool(GetParam());
  const auto lanes = static_cast<std::size_t>(GetParam());
  for (int round = 0; round < 300; ++round) {
    std::vector<int> first(lanes), sum(lanes);
    pool.run([&](Lane& lane) {
      ASSERT_EQ(lane.count(), GetParam());
      const auto me = static_cast<std::size_t>(lane.index());
      first[me] = lane.index() + 1;
      lane.barrier();
      for (const int v : first) sum[me] += v;
      lane.barrier();
      first[me] = 0;
    });
    for (const int s : sum) ASSERT_EQ(s, GetParam() * (GetParam() + 1) / 2);
  }
}

TEST_P(ThreadPoolTest, ConcurrentCallersRunOneAfterAnother) {
  ThreadPool pool(GetParam());
  int inside = 0;  // not atomic on purpose: only lane 0 of the running region writes it
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        pool.run([&](Lane& lane) {
          if (lane.index() == 0) ++inside;
        });
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(inside, 200);
}

TEST_P(ThreadPoolTest, RunRethrowsTheExceptionOfALane) {
  ThreadPool pool(GetParam());
  for (int throwing = 0; throwing < GetParam(); ++throwing) {
    std::atomic<int> ended{0};
    EXPECT_THROW(pool.run([&](Lane& lane) {
      if (lane.index() == throwing) throw std::bad_alloc();
      ++ended;
    }),
                 std::bad_alloc);
    EXPECT_EQ(ended.load(), GetParam() - 1);
    pool.run([&](Lane&) { ++ended; });
    EXPECT_EQ(ended.load(), 2 * GetParam() - 1) << "the pool still works after an exception";
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ThreadPoolTest, testing::Values(1, 2, 3, 8));

}  // namespace
}  // namespace rappel
