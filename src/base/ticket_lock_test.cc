#include "base/ticket_lock.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

namespace rappel {
namespace {

TEST(TicketLock, ServesThreadsInOrderOfArrival) {
  TicketLock lock;
  std::vector<int> order;  // guarded by lock
  lock.lock();
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const std::lock_guard guard(lock);
      order.push_back(i);
    });
    while (lock.taken() != static_cast<unsigned>(i) + 2) std::this_thread::yield();
  }
  lock.unlock();
  // A thread that locks again at once is served last.
  lock.lock();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  lock.unlock();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lock.taken(), 0u);
}

TEST(TicketLock, MutualExclusion) {
  TicketLock lock;
  int sum = 0;  // protected by the lock only
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const std::lock_guard guard(lock);
        ++sum;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sum, 2000);
}

}  // namespace
}  // namespace rappel
