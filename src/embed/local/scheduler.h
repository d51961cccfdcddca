// Scheduler: the one queue in front of an encoder. Texts of all callers join packed batches of a token
// budget.
//
// run() blocks its caller until its texts are done; a thread of the scheduler forms batches and runs the
// forward passes. fair_queue.h decides whose text joins a batch next: short requests, long ones and bulk work
// share the tokens, within them the flows, and within a flow its smallest and its oldest request. So a small
// query waits for one or two batches, and bulk work gets at least a quarter of the tokens. A text that does
// not fit into the rest of a batch is the first of its request in the next one, and shorter texts of others
// fill the rest. One caller's texts go longest first. Schedulers of one device take turns (pass_turn.h). A
// caller whose deadline passes, or who is cancelled, leaves the queue, and nobody else notices; its texts in
// a running batch are finished first. Equal texts of a batch are computed once. The result of a text does not
// depend on its batch (engine/device.h).
//
// Thread-safe. The encoder must outlive the scheduler. Failures: kResourceExhausted when `max_waiting`
// callers wait already (immediately, nothing is computed; retry_after() estimates the seconds until the queue
// drains) or if the process has no memory for a batch (all its callers get that); kDeadlineExceeded;
// kCancelled; and errors of the encoder, for every caller of that batch (resilient_encoder.h survives many of
// them).
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/histogram.h"
#include "base/status.h"
#include "embed/embedding.h"
#include "embed/local/fair_queue.h"
#include "embed/local/pass_turn.h"
#include "embed/local/resilient_encoder.h"
#include "engine/encoder.h"

namespace rappel {

// One text or pair. The caller owns it; the results are written before run() returns.
struct EncodeJob {
  std::span<const std::int32_t> ids;
  std::span<const std::uint8_t> type_ids;  // empty = zeros

  std::vector<float> dense;
  std::vector<float> token_weights;  // [tokens]
  std::vector<float> colbert;        // [tokens - 1, dim]
  std::vector<float> hidden;         // [tokens, hidden size]
  float logit = 0;
};

struct SchedulerOptions {
  std::size_t batch_tokens = 2048;
  std::size_t max_waiting = 256;   // callers
  std::shared_ptr<PassTurn> turn;  // shared with other schedulers of the device; null: there are none
  // A batch waits for texts that are under way: by this share of its own duration, at most by longest_hold.
  double hold_share = 0.1;
  std::chrono::milliseconds longest_hold{2};
};

struct RunOptions {
  HeadRequest heads;
  Priority priority = Priority::kInteractive;
  FlowId flow = kDefaultFlow;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token cancel;
};

// Counters since the start, and the queue now.
struct SchedulerStats {
  std::uint64_t batches = 0;
  std::uint64_t texts = 0;         // answered
  std::uint64_t tokens = 0;        // computed: equal texts of a batch count once
  std::uint64_t refused = 0;       // full queue
  std::uint64_t abandoned = 0;     // deadline or cancel
  double busy_seconds = 0;         // in forward passes
  std::size_t batch_tokens = 0;    // the budget of a batch
  std::size_t waiting = 0;         // callers now
  std::size_t waiting_tokens = 0;  // now, in no batch yet
  double tokens_per_second = 0;    // recent batches
};

// All batches since the start.
struct SchedulerHistograms {
  SchedulerHistograms();

  Histogram batch_texts, batch_tokens;  // tokens: computed
  Histogram queue_seconds;              // of each caller, until its last text was in a batch
  Histogram pass_seconds;               // forward passes
};

class Scheduler {
 public:
  Scheduler(ResilientEncoder& encoder, const SchedulerOptions& options);
  ~Scheduler();  // callers inside run() get kCancelled; returns when all have left
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  Status run(std::span<EncodeJob> jobs, const RunOptions& options);
  SchedulerStats stats() const;
  SchedulerHistograms histograms() const;

  // From the next batch on.
  void set_batch_tokens(std::size_t tokens);

  // `queries` returns how many requests with interactive texts are under way, those inside run() included.
  // While it exceeds the number of waiting callers, a batch with room is held for them (SchedulerOptions). So
  // queries that arrive together share batches from the first one on, and a single query is never held. The
  // function must be quick and must not call the scheduler; empty = none. Its data must live until it is
  // replaced.
  void set_under_way(std::function<std::size_t()> queries);

 private:
  struct Caller;
  struct Batch;
  using Clock = std::chrono::steady_clock;

  Status enter(Caller& caller);
  static bool wait_until_settled(Caller& caller);
  // The next four need the mutex.
  void give_up(Caller& caller, const Status& status);
  void settle(Caller& caller);
  void count_off() { --stats_.waiting; }
  void finish(const Batch& batch, const Status& status);

  void loop();
  bool next_batch(Batch& batch);
  bool wait_for_turn(std::unique_lock<std::mutex>& lock);
  PassTurn::Work work() const;
  void hold(std::unique_lock<std::mutex>& lock);
  void fill(Batch& batch);
  void count_waits(const Batch& batch);
  bool take_text(Caller& caller, Batch& batch);
  Status compute(const Batch& batch);
  int seconds_to_drain() const;
  FairQueue::Sizes turn_sizes() const;
  std::size_t budget() const { return std::min(options_.batch_tokens, encoder_.token_limit()); }
  void deliver(const Batch& batch);

  ResilientEncoder& encoder_;
  SchedulerOptions options_;  // batch_tokens under the mutex
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable left_;  // a caller has left a stopping scheduler
  FairQueue queue_;               // callers with texts that are not yet in a batch
  SchedulerStats stats_;
  SchedulerHistograms histograms_;
  std::function<std::size_t()> under_way_;
  bool stopping_ = false;
  const std::shared_ptr<PassTurn> turn_;
  PassTurn::Place place_{*turn_};

  // Used by the scheduler's thread only; kept to reuse their memory.
  PackedTokens packed_;
  HeadOutputs outputs_;
  std::thread thread_;
};

}  // namespace rappel
