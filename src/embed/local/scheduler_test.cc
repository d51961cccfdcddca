#include "embed/local/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <new>

#include "base/thread_pool.h"
#include "engine/cpu/cpu_device.h"
#include "engine/test_allocations.h"
#include "engine/test_faulty_device.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using namespace std::chrono_literals;

class SchedulerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = linked_model("mini-bge-m3", models_.path());
    if (!folder) GTEST_SKIP() << missing_shared_data();
    encoder_ = std::move(
        *ResilientEncoder::load(*ModelFiles::open(*folder), *device_, {.max_batch_tokens = 8192}, {}));
  }

  // `count` texts of `length` tokens, all different.
  static std::vector<std::vector<std::int32_t>> texts(int count, int length, int seed) {
    std::vector<std::vector<std::int32_t>> out;
    for (int i = 0; i < count; ++i) {
      auto& ids = out.emplace_back(std::vector<std::int32_t>{0});
      for (int t = 2; t < length; ++t) ids.push_back(10 + (seed * 7919 + i * 104729 + t * 31) % 1400);
      ids.push_back(2);
    }
    return out;
  }
  static std::vector<EncodeJob> jobs_of(const std::vector<std::vector<std::int32_t>>& texts) {
    std::vector<EncodeJob> jobs(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) jobs[i].ids = texts[i];
    return jobs;
  }
  static RunOptions dense(Priority priority = Priority::kInteractive) {
    RunOptions options;
    options.heads.dense = true;
    options.priority = priority;
    return options;
  }

  TempDir models_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_cpu_device(pool_, {});
  std::unique_ptr<ResilientEncoder> encoder_;
};

TEST_F(SchedulerTest, ConcurrentCallersGetBitIdenticalResults) {
  std::vector<std::vector<float>> expected;
  const auto inputs = texts(48, 9, 1);
  {
    Scheduler alone(*encoder_, {.batch_tokens = 1});  // every text is a batch
    auto jobs = jobs_of(inputs);
    ASSERT_TRUE(alone.run(jobs, dense()).ok());
    for (const auto& job : jobs) expected.push_back(job.dense);
    EXPECT_EQ(alone.stats().batches, inputs.size());
  }
  Scheduler scheduler(*encoder_, {.batch_tokens = 100});
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&, c] {
      for (int round = 0; round < 10; ++round) {
        auto jobs = jobs_of(inputs);
        EXPECT_TRUE(scheduler.run(jobs, dense(c % 2 ? Priority::kBulk : Priority::kInteractive)).ok());
        for (std::size_t i = 0; i < jobs.size(); ++i) EXPECT_EQ(jobs[i].dense, expected[i]);
      }
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(scheduler.stats().texts, 8u * 10 * 48);
  EXPECT_EQ(scheduler.stats().waiting, 0u);
}

TEST_F(SchedulerTest, EqualTextsOfABatchAreComputedOnce) {
  Scheduler scheduler(*encoder_, {});
  const auto one = texts(1, 12, 3);
  std::vector<EncodeJob> jobs(20);
  for (auto& job : jobs) job.ids = one[0];
  ASSERT_TRUE(scheduler.run(jobs, dense()).ok());
  EXPECT_EQ(scheduler.stats().tokens, 12u);
  EXPECT_EQ(scheduler.stats().texts, 20u);
  for (const auto& job : jobs) EXPECT_EQ(job.dense, jobs[0].dense);
}

TEST_F(SchedulerTest, EachHeadGetsItsOwnRows) {
  Scheduler scheduler(*encoder_, {});
  const auto inputs = texts(5, 7, 4);
  auto jobs = jobs_of(inputs);
  RunOptions all = dense();
  all.heads.sparse = all.heads.colbert = true;
  ASSERT_TRUE(scheduler.run(jobs, all).ok());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(jobs[i].token_weights.size(), 7u);
    EXPECT_EQ(jobs[i].colbert.size(), 6u * 32);
    std::vector<EncodeJob> single(1);
    single[0].ids = inputs[i];
    ASSERT_TRUE(scheduler.run(single, all).ok());
    EXPECT_EQ(single[0].colbert, jobs[i].colbert);
    EXPECT_EQ(single[0].token_weights, jobs[i].token_weights);
  }
}

TEST_F(SchedulerTest, QueriesOvertakeBulkWork) {
  Scheduler scheduler(*encoder_, {.batch_tokens = 64});
  const auto many = texts(2000, 32, 5);
  std::atomic<bool> ingested{false};
  std::thread ingest([&] {
    auto jobs = jobs_of(many);
    EXPECT_TRUE(scheduler.run(jobs, dense(Priority::kBulk)).ok());
    ingested = true;
  });
  while (scheduler.stats().batches == 0) std::this_thread::yield();
  const auto question = texts(1, 8, 6);
  auto jobs = jobs_of(question);
  ASSERT_TRUE(scheduler.run(jobs, dense()).ok());
  EXPECT_FALSE(ingested) << "the query waited for 1000 batches";
  ingest.join();
}

TEST_F(SchedulerTest, WaitingBulkWorkGetsItsShare) {
  Scheduler scheduler(*encoder_, {.batch_tokens = 64});
  std::atomic<bool> stop{false};
  std::vector<std::thread> queries;
  const auto question = texts(4, 16, 7);
  for (int c = 0; c < 3; ++c)
    queries.emplace_back([&] {
      while (!stop) {
        auto jobs = jobs_of(question);
        ASSERT_TRUE(scheduler.run(jobs, dense()).ok());
      }
    });
  const auto document = texts(20, 32, 8);
  auto jobs = jobs_of(document);
  EXPECT_TRUE(scheduler.run(jobs, dense(Priority::kBulk)).ok());  // completes although queries never pause
  stop = true;
  for (auto& query : queries) query.join();
}

TEST_F(SchedulerTest, CancelledAndExpiredCallersLeave) {
  Scheduler scheduler(*encoder_, {.batch_tokens = 64});
  const auto many = texts(3000, 32, 9);
  std::stop_source source;
  auto cancelled = std::async(std::launch::async, [&] {
    auto jobs = jobs_of(many);
    RunOptions options = dense(Priority::kBulk);
    options.cancel = source.get_token();
    return scheduler.run(jobs, options);
  });
  while (scheduler.stats().batches == 0) std::this_thread::yield();
  source.request_stop();
  EXPECT_EQ(cancelled.get().code(), Code::kCancelled);
  auto jobs = jobs_of(many);
  RunOptions late = dense();
  late.deadline = std::chrono::steady_clock::now() + 1ms;
  EXPECT_EQ(scheduler.run(jobs, late).code(), Code::kDeadlineExceeded);
  EXPECT_EQ(scheduler.stats().abandoned, 2u);
  const auto question = texts(1, 8, 10);
  auto again = jobs_of(question);
  EXPECT_TRUE(scheduler.run(again, dense()).ok());
}

TEST_F(SchedulerTest, HistogramsCountBatchesAndCallers) {
  Scheduler scheduler(*encoder_, {.batch_tokens = 64});
  const auto inputs = texts(6, 32, 13);
  for (int caller = 0; caller < 2; ++caller) {
    auto jobs = jobs_of(inputs);
    ASSERT_TRUE(scheduler.run(jobs, dense()).ok());
  }
  const SchedulerHistograms histograms = scheduler.histograms();
  MetricsText text;
  text.family("x", MetricsText::Type::kHistogram, "X.");
  histograms.batch_texts.write(text, {{"of", "texts"}});
  histograms.batch_tokens.write(text, {{"of", "tokens"}});
  histograms.queue_seconds.write(text, {{"of", "waits"}});
  histograms.pass_seconds.write(text, {{"of", "passes"}});
  const std::string written = text.take();
  const auto batches = std::to_string(scheduler.stats().batches);
  for (const std::string& line :
       {std::string("x_sum{of=\"texts\"} 12"), "x_count{of=\"texts\"} " + batches,
        std::string("x_sum{of=\"tokens\"} 384"), "x_count{of=\"tokens\"} " + batches,
        std::string("x_count{of=\"waits\"} 2"), "x_count{of=\"passes\"} " + batches})
    EXPECT_NE(written.find("\n" + line + "\n"), std::string::npos) << line << "\n" << written;
}

TEST_F(SchedulerTest, FullQueueRefusesImmediately) {
  Scheduler scheduler(*encoder_, {.batch_tokens = 64, .max_waiting = 1});
  const auto many = texts(3000, 32, 11);
  auto busy = std::async(std::launch::async, [&] {
    auto jobs = jobs_of(many);
    return scheduler.run(jobs, dense(Priority::kBulk));
  });
  while (scheduler.stats().waiting == 0) std::this_thread::yield();
  const auto question = texts(1, 8, 12);
  auto jobs = jobs_of(question);
  EXPECT_EQ(scheduler.run(jobs, dense()).code(), Code::kResourceExhausted);
  EXPECT_EQ(scheduler.stats().refused, 1u);
  EXPECT_TRUE(busy.get().ok());
}

TEST_F(SchedulerTest, HoldsBatchForQueriesUnderWay) {
  Scheduler scheduler(*encoder_, {.hold_share = 1e9, .longest_hold = 1h});
  std::atomic<int> looks{0};
  scheduler.set_under_way([&] {
    ++looks;
    return std::size_t{2};
  });
  const auto inputs = texts(2, 8, 14);
  auto first = std::async(std::launch::async, [&] {
    std::vector<EncodeJob> jobs(1);
    jobs[0].ids = inputs[0];
    return scheduler.run(jobs, dense());
  });
  while (looks == 0) std::this_thread::yield();
  EXPECT_EQ(scheduler.stats().batches, 0u);
  std::vector<EncodeJob> jobs(1);
  jobs[0].ids = inputs[1];
  EXPECT_TRUE(scheduler.run(jobs, dense()).ok());
  EXPECT_TRUE(first.get().ok());
  EXPECT_EQ(scheduler.stats().batches, 1u);
}

TEST_F(SchedulerTest, DoesNotHoldSingleQuery) {
  Scheduler scheduler(*encoder_, {.hold_share = 1e9, .longest_hold = 1h});
  scheduler.set_under_way([] { return std::size_t{1}; });
  const auto question = texts(1, 8, 15);
  auto jobs = jobs_of(question);
  EXPECT_TRUE(scheduler.run(jobs, dense()).ok());
}

TEST_F(SchedulerTest, HoldEndsIfQueriesNeverArrive) {
  Scheduler scheduler(*encoder_, {});
  scheduler.set_under_way([] { return std::size_t{100}; });
  const auto question = texts(1, 8, 16);
  for (int i = 0; i < 3; ++i) {
    auto jobs = jobs_of(question);
    EXPECT_TRUE(scheduler.run(jobs, dense()).ok());
  }
  EXPECT_EQ(scheduler.stats().batches, 3u);
}

TEST_F(SchedulerTest, CallerCanLeaveHeldBatch) {
  Scheduler scheduler(*encoder_, {.hold_share = 1e9, .longest_hold = 1h});
  std::atomic<std::size_t> under_way{2};
  scheduler.set_under_way([&] { return under_way.load(); });
  const auto question = texts(1, 8, 17);
  auto jobs = jobs_of(question);
  RunOptions late = dense();
  late.deadline = std::chrono::steady_clock::now() + 5ms;
  EXPECT_EQ(scheduler.run(jobs, late).code(), Code::kDeadlineExceeded);
  under_way = 0;
  EXPECT_TRUE(scheduler.run(jobs, dense()).ok());
  EXPECT_EQ(scheduler.stats().abandoned, 1u);
}

TEST_F(SchedulerTest, CallerWithoutMemoryLeavesNoTrace) {
  Scheduler scheduler(*encoder_, {});
  const auto question = texts(1, 8, 18);
  auto jobs = jobs_of(question);
  {
    const AllocationLimit limit(16);  // the list of texts fits, the place in the queue does not
    EXPECT_THROW(static_cast<void>(scheduler.run(jobs, dense())), std::bad_alloc);
  }
  EXPECT_EQ(scheduler.stats().waiting, 0u);
  EXPECT_EQ(scheduler.stats().waiting_tokens, 0u);
  EXPECT_TRUE(scheduler.run(jobs, dense()).ok());
}

// The order of service, seen by the device. A first caller holds it until the others wait.
class TurnsTest : public SchedulerTest {
 protected:
  void SetUp() override {
    const auto folder = linked_model("mini-bge-m3", models_.path());
    if (!folder) GTEST_SKIP() << missing_shared_data();
    recording_ = std::make_unique<FaultyDevice>(*device_);
    recording_->on_run = [this](const PackedTokens& batch) {
      held_ = true;
      std::vector<std::int32_t>& marks = batches_.emplace_back();  // of the scheduler's thread alone
      for (std::size_t text = 0; text < batch.texts(); ++text)
        marks.push_back(batch.ids[static_cast<std::size_t>(batch.starts[text]) + 1]);
      open_.wait();
      return Status();
    };
    encoder_ = std::move(
        *ResilientEncoder::load(*ModelFiles::open(*folder), *recording_, {.max_batch_tokens = 8192}, {}));
    scheduler_ = std::make_unique<Scheduler>(*encoder_, SchedulerOptions{.batch_tokens = kBatch});
    arrive(kHolder, 1, 1, kBatch);
    while (!held_) std::this_thread::yield();
  }
  void TearDown() override {
    if (scheduler_ != nullptr) finish();
  }

  // A caller on a thread of its own, whose texts have `mark` as their second token. Returns when it waits.
  void arrive(std::int32_t mark, FlowId flow, int count, int length,
              Priority priority = Priority::kInteractive, std::stop_token cancel = {}) {
    const std::size_t waiting = scheduler_->stats().waiting;
    callers_.push_back(std::async(std::launch::async, [=, this] {
      auto inputs = texts(count, length, mark);
      for (auto& ids : inputs) ids[1] = mark;
      auto jobs = jobs_of(inputs);
      RunOptions options = dense(priority);
      options.flow = flow;
      options.cancel = cancel;
      return scheduler_->run(jobs, options);
    }));
    while (scheduler_->stats().waiting == waiting) std::this_thread::yield();
  }
  // Lets the device run; returns the marks of its batches when all callers are done. The first batch is the
  // one that held it.
  const std::vector<std::vector<std::int32_t>>& finish() {
    if (!opened_) gate_.set_value();
    opened_ = true;
    for (auto& caller : callers_) results_.push_back(caller.get().code());
    callers_.clear();
    return batches_;
  }
  // The number of the batch that has the caller's last text.
  std::size_t last_batch_of(std::int32_t mark) const {
    std::size_t last = 0;
    for (std::size_t i = 0; i < batches_.size(); ++i)
      if (std::count(batches_[i].begin(), batches_[i].end(), mark) > 0) last = i;
    return last;
  }

  static constexpr int kBatch = 64;  // tokens
  static constexpr std::int32_t kHolder = 11;
  std::unique_ptr<FaultyDevice> recording_;
  std::promise<void> gate_;
  std::shared_future<void> open_ = gate_.get_future().share();
  std::atomic<bool> held_{false};
  bool opened_ = false;
  std::vector<std::vector<std::int32_t>> batches_;
  std::vector<std::future<Status>> callers_;
  std::vector<Code> results_;
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(TurnsTest, SmallQueriesWaitForOneBatch) {
  if (!scheduler_) return;
  arrive(20, 1, 300, 32);
  arrive(21, 1, 300, 32);
  arrive(22, 2, 300, 32, Priority::kBulk);
  arrive(30, 1, 1, 8);
  arrive(31, 3, 1, 8);
  finish();
  EXPECT_EQ(last_batch_of(30), 1u);
  EXPECT_EQ(last_batch_of(31), 1u);
  EXPECT_GT(last_batch_of(20), 100u);
}

TEST_F(TurnsTest, QueryWithPassagesIsComputedAfterTheRunningBatch) {
  if (!scheduler_) return;
  for (int i = 0; i < 20; ++i) arrive(100 + i, 1, 100, 32);
  for (int i = 0; i < 20; ++i) arrive(200 + i, 1, 20, 32, Priority::kBulk);
  arrive(30, 1, 8, 32);  // four batches alone
  finish();
  EXPECT_EQ(last_batch_of(30), 4u);
}

TEST_F(TurnsTest, SmallestOfManyShortQueriesFinishesWithinTwiceItsBatches) {
  if (!scheduler_) return;
  for (int i = 0; i < 20; ++i) arrive(100 + i, 1, 20, 32);
  arrive(30, 1, 8, 32);  // four batches alone
  finish();
  EXPECT_LE(last_batch_of(30), 8u);
  EXPECT_LE(last_batch_of(100), 20u) << "the oldest one has the other half";
}

TEST_F(TurnsTest, BulkWorkKeepsAQuarterBesideQueries) {
  if (!scheduler_) return;
  arrive(20, 2, 40, 32, Priority::kBulk);  // twenty batches alone
  for (int i = 0; i < 6; ++i) arrive(100 + i, 1, 200, 32);
  for (int i = 0; i < 60; ++i) arrive(200 + i, 1, 8, 32);
  finish();
  EXPECT_LE(last_batch_of(20), 86u) << "four batches are the burst of the short ones";
  EXPECT_GE(last_batch_of(20), 70u) << "the others have their three quarters";
}

TEST_F(TurnsTest, CallersShareWhateverTheNumberOfTheirRequests) {
  if (!scheduler_) return;
  for (int i = 0; i < 10; ++i) arrive(100 + i, 1, 20, 32);
  arrive(20, 2, 20, 32);  // ten batches alone
  finish();
  EXPECT_LE(last_batch_of(20), 22u);
}

TEST_F(TurnsTest, CancelledCallerCostsNobodyAnything) {
  if (!scheduler_) return;
  std::stop_source source;
  arrive(20, 1, 4, 32, Priority::kInteractive, source.get_token());
  arrive(21, 1, 2, 32);
  source.request_stop();
  while (scheduler_->stats().abandoned == 0) std::this_thread::yield();
  finish();
  EXPECT_EQ(results_, (std::vector<Code>{Code::kOk, Code::kCancelled, Code::kOk}));
  EXPECT_EQ(last_batch_of(21), 1u);
  EXPECT_EQ(last_batch_of(20), 0u) << "it was never computed";
}

TEST_F(SchedulerTest, EncoderErrorReachesAllCallersOfTheBatch) {
  Scheduler scheduler(*encoder_, {});
  const std::vector<std::int32_t> bad{0, 999999, 2};
  std::vector<EncodeJob> jobs(1);
  jobs[0].ids = bad;
  EXPECT_EQ(scheduler.run(jobs, dense()).code(), Code::kInvalidArgument);
  const auto good = texts(1, 8, 13);
  auto next = jobs_of(good);
  EXPECT_TRUE(scheduler.run(next, dense()).ok());
}

}  // namespace
}  // namespace rappel
