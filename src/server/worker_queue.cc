#include "server/worker_queue.h"

#include <utility>

namespace rappel {

WorkerQueue::WorkerQueue(int threads, std::size_t max_waiting)
    : max_waiting_(max_waiting), idle_(static_cast<std::size_t>(threads)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerQueue::~WorkerQueue() { stop(); }

bool WorkerQueue::submit(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    // A task that a free thread will take at once does not wait.
    if (stopping_ || waiting_.size() >= max_waiting_ + idle_) return false;
    waiting_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void WorkerQueue::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void WorkerQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    --idle_;
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes before the next wait
    lock.lock();
    ++idle_;
  }
}

}  // namespace rappel
