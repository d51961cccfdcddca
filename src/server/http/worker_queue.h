// WorkerQueue: the threads that compute responses, with a bounded queue for queries and one for uploads.
//
// Uploads take a long time and may be many, so they have at most half of the threads: queries neither wait
// for them nor are refused because of them. submit() never blocks: a full queue refuses. Tasks must not
// throw. A waiting task can be withdrawn, which frees its place. stop() drops the waiting tasks, lets the
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
#include <utility>
#include <vector>

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

  // threads >= 1; of one thread uploads may take that one. `max_waiting` is of each kind.
  WorkerQueue(int threads, std::size_t max_waiting);
  ~WorkerQueue();
  WorkerQueue(const WorkerQueue&) = delete;
  WorkerQueue& operator=(const WorkerQueue&) = delete;

  [[nodiscard]] std::optional<Ticket> submit(Kind kind, std::function<void()> task);
  void withdraw(Ticket ticket);  // no effect once a thread has taken it
  void stop();

  WorkerStats stats() const;
  std::size_t under_way(Kind kind) const;  // waiting and running
  // Estimated seconds until this queue drains, from recent throughput, clamped to [1, 60].
  int seconds_to_drain(Kind kind) const;

 private:
  // One kind of tasks.
  struct Line {
    std::deque<std::pair<Ticket, std::function<void()>>> waiting;
    std::size_t running = 0;
    std::size_t most = 0;     // that may run
    double task_seconds = 0;  // moving average of what a task takes
    bool ready() const { return !waiting.empty() && running < most; }
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
