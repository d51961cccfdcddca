#include "server/worker_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace rappel {
namespace {

TEST(WorkerQueue, AWithdrawnTaskMakesItsPlaceFree) {
  WorkerQueue queue(1, 1);
  std::promise<void> go;
  std::promise<void> started;
  ASSERT_TRUE(queue.submit([&] {
    started.set_value();
    go.get_future().wait();
  }));
  started.get_future().wait();
  bool ran = false;
  const auto waiting = queue.submit([&] { ran = true; });
  ASSERT_TRUE(waiting);
  EXPECT_FALSE(queue.submit([] {}));
  EXPECT_EQ(queue.stats().refused, 1u);
  queue.withdraw(*waiting);
  EXPECT_EQ(queue.stats().waiting, 0u);
  std::promise<void> last;
  ASSERT_TRUE(queue.submit([&] { last.set_value(); }));
  queue.withdraw(*waiting);  // again, without effect
  go.set_value();
  last.get_future().wait();
  EXPECT_FALSE(ran);
}

TEST(WorkerQueue, TheHintGrowsWithTheQueueAndTheTasks) {
  WorkerQueue queue(1, 100);
  EXPECT_EQ(queue.seconds_to_drain(), 1) << "nothing is known yet";
  std::promise<void> slow;
  ASSERT_TRUE(queue.submit([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    slow.set_value();
  }));
  slow.get_future().wait();
  while (queue.stats().running > 0) std::this_thread::yield();
  EXPECT_GE(queue.stats().task_seconds, 0.3);
  std::promise<void> go;
  ASSERT_TRUE(queue.submit([&] { go.get_future().wait(); }));
  for (int i = 0; i < 19; ++i) ASSERT_TRUE(queue.submit([] {}));
  EXPECT_GE(queue.seconds_to_drain(), 6) << "20 tasks of 0.3 s";
  EXPECT_LE(queue.seconds_to_drain(), 60);
  go.set_value();
}

}  // namespace
}  // namespace rappel
