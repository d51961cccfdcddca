#include "server/http/worker_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

namespace rappel {
namespace {

using Kind = WorkerQueue::Kind;

TEST(WorkerQueue, WithdrawnTaskFreesItsPlace) {
  std::promise<void> go, started, last;  // they outlive the tasks that use them
  bool ran = false;
  WorkerQueue queue(1, 1);
  ASSERT_TRUE(queue.submit(Kind::kQuick, [&] {
    started.set_value();
    go.get_future().wait();
  }));
  started.get_future().wait();
  const auto waiting = queue.submit(Kind::kQuick, [&] { ran = true; });
  ASSERT_TRUE(waiting);
  EXPECT_FALSE(queue.submit(Kind::kQuick, [] {}));
  EXPECT_EQ(queue.stats().refused, 1u);
  queue.withdraw(*waiting);
  EXPECT_EQ(queue.stats().waiting, 0u);
  ASSERT_TRUE(queue.submit(Kind::kQuick, [&] { last.set_value(); }));
  queue.withdraw(*waiting);  // again, without effect
  go.set_value();
  last.get_future().wait();
  EXPECT_FALSE(ran);
}

TEST(WorkerQueue, RetryHintGrowsWithQueueAndTaskTime) {
  std::promise<void> slow, go;  // they outlive the tasks that use them
  WorkerQueue queue(1, 100);
  EXPECT_EQ(queue.seconds_to_drain(Kind::kQuick), 1) << "nothing is known yet";
  ASSERT_TRUE(queue.submit(Kind::kQuick, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    slow.set_value();
  }));
  slow.get_future().wait();
  while (queue.stats().running > 0) std::this_thread::yield();
  ASSERT_TRUE(queue.submit(Kind::kQuick, [&] { go.get_future().wait(); }));
  for (int i = 0; i < 19; ++i) ASSERT_TRUE(queue.submit(Kind::kQuick, [] {}));
  EXPECT_GE(queue.seconds_to_drain(Kind::kQuick), 6) << "20 tasks of 0.3 s";
  EXPECT_LE(queue.seconds_to_drain(Kind::kQuick), 60);
  EXPECT_EQ(queue.seconds_to_drain(Kind::kUpload), 1) << "of another kind";
  go.set_value();
}

// Half of four threads and all of their own queue full of uploads: quick tasks still run, and are not
// refused.
TEST(WorkerQueue, UploadsUseHalfOfTheThreads) {
  std::promise<void> go;
  const auto released = go.get_future().share();
  std::atomic<int> uploaded{0};
  WorkerQueue queue(4, 2);
  const auto upload = [&] {
    return queue
        .submit(Kind::kUpload,
                [&uploaded, released] {
                  released.wait();
                  ++uploaded;
                })
        .has_value();
  };
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(upload()) << "two run and two wait";
  while (queue.stats().running < 2) std::this_thread::yield();
  EXPECT_FALSE(upload());
  for (int i = 0; i < 3; ++i) {
    const auto ran = std::make_shared<std::promise<void>>();
    ASSERT_TRUE(queue.submit(Kind::kQuick, [ran] { ran->set_value(); }));
    ran->get_future().wait();
  }
  EXPECT_EQ(queue.stats().waiting, 2u);
  EXPECT_EQ(uploaded, 0);
  go.set_value();
  while (queue.stats().running + queue.stats().waiting > 0) std::this_thread::yield();
  EXPECT_EQ(uploaded, 4);
}

}  // namespace
}  // namespace rappel
