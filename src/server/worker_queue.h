// WorkerQueue: the threads on which requests are computed, behind a bounded queue.
//
// submit() never blocks: a full queue refuses. Tasks must not throw. A task that nobody wants any more can be withdrawn while
// it waits, which makes its place free. stop() drops what waits, lets what runs finish, and returns when the threads are
// gone; submit() refuses from then on.
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
  std::size_t waiting = 0;      // tasks now
  std::size_t running = 0;      // tasks now
  std::uint64_t refused = 0;
  double task_seconds = 0;      // a task takes, of late
};

class WorkerQueue {
 public:
  using Ticket = std::uint64_t;

  WorkerQueue(int threads, std::size_t max_waiting);
  ~WorkerQueue();
  WorkerQueue(const WorkerQueue&) = delete;
  WorkerQueue& operator=(const WorkerQueue&) = delete;

  [[nodiscard]] std::optional<Ticket> submit(std::function<void()> task);
  void withdraw(Ticket ticket);  // no effect once a thread has taken it
  void stop();

  WorkerStats stats() const;
  // How long all that waits now will take, at the speed of late: 1 .. 60.
  int seconds_to_drain() const;

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Ticket, std::function<void()>>> waiting_;
  std::size_t max_waiting_;
  std::size_t idle_ = 0;  // threads that wait for a task
  Ticket next_ = 0;
  std::uint64_t refused_ = 0;
  double task_seconds_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rappel
