// WorkerQueue: the threads on which requests are computed, behind a bounded queue.
//
// submit() never blocks: a full queue refuses. Tasks must not throw. stop() drops what waits, lets what runs finish, and
// returns when the threads are gone; submit() refuses from then on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rappel {

class WorkerQueue {
 public:
  WorkerQueue(int threads, std::size_t max_waiting);
  ~WorkerQueue();
  WorkerQueue(const WorkerQueue&) = delete;
  WorkerQueue& operator=(const WorkerQueue&) = delete;

  [[nodiscard]] bool submit(std::function<void()> task);
  void stop();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::size_t max_waiting_;
  std::size_t idle_ = 0;  // threads that wait for a task
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace rappel
