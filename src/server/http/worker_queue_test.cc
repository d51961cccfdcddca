#include "server/http/worker_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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

TEST(WorkerQueue, FlowLeavesThreadsAndPlacesToOthers) {
  std::promise<void> go;
  const auto released = go.get_future().share();
  WorkerQueue queue(8, 16);
  const auto submit = [&](FlowId flow) {
    return queue
        .submit(
            Kind::kQuick, [released] { released.wait(); }, flow)
        .has_value();
  };
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(submit(1));
  while (queue.stats().running < 8) std::this_thread::yield();
  EXPECT_EQ(queue.stats().waiting, 1u) << "a thread is kept for others";
  int waiting = 1;
  while (submit(1)) ++waiting;
  EXPECT_EQ(waiting, 16);
  std::promise<void> ran;
  ASSERT_TRUE(queue.submit(
      Kind::kQuick, [&] { ran.set_value(); }, 2));
  ran.get_future().wait();
  go.set_value();
}

TEST(WorkerQueue, FlowWithFewestRunningTasksIsNext) {
  std::promise<void> go;
  const auto released = go.get_future().share();
  std::mutex mutex;
  std::vector<FlowId> order;
  {
    WorkerQueue queue(2, 16);
    ASSERT_TRUE(queue.submit(
        Kind::kQuick, [released] { released.wait(); }, 1));
    std::promise<void> first;
    ASSERT_TRUE(queue.submit(
        Kind::kQuick, [released, &first] { first.set_value(), released.wait(); }, 2));
    first.get_future().wait();
    while (queue.stats().running < 2) std::this_thread::yield();
    std::promise<void> held;
    const auto open = held.get_future().share();
    const auto note = [&](FlowId flow) {
      return queue.submit(
          Kind::kQuick,
          [&, flow, open] {
            {
              const std::lock_guard lock(mutex);
              order.push_back(flow);
            }
            open.wait();
          },
          flow);
    };
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(note(1));
    ASSERT_TRUE(note(2));
    go.set_value();
    while (queue.stats().waiting > 2) std::this_thread::yield();
    held.set_value();
    while (queue.stats().running + queue.stats().waiting > 0) std::this_thread::yield();
  }
  EXPECT_EQ(std::count(order.begin(), order.begin() + 2, FlowId{2}), 1);
}

}  // namespace
}  // namespace rappel
