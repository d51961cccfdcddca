#include "base/turn.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

namespace rappel {
namespace {

TEST(Turn, ServesThreadsInOrderOfArrival) {
  Turn turn;
  std::vector<int> order;  // guarded by turn
  turn.lock();
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const std::lock_guard lock(turn);
      order.push_back(i);
    });
    while (turn.taken() != static_cast<unsigned>(i) + 2) std::this_thread::yield();
  }
  turn.unlock();
  // A thread that locks again at once is served last.
  turn.lock();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  turn.unlock();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(turn.taken(), 0u);
}

TEST(Turn, MutualExclusion) {
  Turn turn;
  int sum = 0;  // protected by the turn only
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const std::lock_guard lock(turn);
        ++sum;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sum, 2000);
}

}  // namespace
}  // namespace rappel
