// WorkerQueue: the threads that compute responses, with a bounded queue for queries and one for uploads.
//
// Uploads take a long time and may be many, so they have at most half of the threads: queries neither wait
// for them nor are refused because of them. In the same way no flow (base/call_context.h) keeps others out:
// beyond the threads and places that one flow may use, there is an eighth more for the others, and a thread
// takes the task whose flow has the fewest running. submit() never blocks: a full queue refuses. Tasks must
// not throw. A waiting task can be withdrawn, which frees its place. stop() drops the waiting tasks, lets the
// running ones finish, and returns when the threads have ended; submit() refuses from then on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/call_context.h"

namespace rappel {

struct WorkerStats {
  std::size_t waiting = 0;  // tasks now
  std::size_t running = 0;  // tasks now
  std::uint64_t refused = 0;
};

class WorkerQueue {
 public:
  using Ticket = std::uint64_t;
  enum class Kind { kQuick, kUpload };

  // One flow may use this: threads >= 1 (of one thread uploads may take that one), and places of each kind.
  WorkerQueue(int threads, std::size_t max_waiting);
  ~WorkerQueue();
  WorkerQueue(const WorkerQueue&) = delete;
  WorkerQueue& operator=(const WorkerQueue&) = delete;

  [[nodiscard]] std::optional<Ticket> submit(Kind kind, std::function<void()> task,
                                             FlowId flow = kDefaultFlow);
  void withdraw(Ticket ticket);  // no effect once a thread has taken it
  void stop();

  WorkerStats stats() const;
  std::size_t under_way(Kind kind) const;  // waiting and running
  // Estimated seconds until this queue drains, from recent throughput, clamped to [1, 60].
  int seconds_to_drain(Kind kind) const;

 private:
  struct Waiting {
    Ticket ticket;
    FlowId flow;
    std::function<void()> task;
  };
  // One kind of tasks.
  struct Line {
    std::deque<Waiting> waiting;
    std::vector<FlowId> running;  // of the tasks; with room for all threads
    std::size_t most = 0;         // that may run
    std::size_t most_of_flow = 0;
    double task_seconds = 0;  // moving average of what a task takes
    // The task that runs next; end() if none may.
    std::deque<Waiting>::iterator next();
    bool ready() { return next() != waiting.end(); }
    std::size_t running_of(FlowId flow) const;
    std::size_t waiting_of(FlowId flow) const;
  };

  void work();
  Line& line(Kind kind) { return kind == Kind::kQuick ? quick_ : uploads_; }
  const Line& line(Kind kind) const { return kind == Kind::kQuick ? quick_ : uploads_; }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Line quick_, uploads_;
  std::size_t max_waiting_;
  std::size_t idle_ = 0;  // threads that wait for a task
  Ticket next_ = 0;
  std::uint64_t refused_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rappel
