#include "server/worker_queue.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace rappel {
namespace {

// Weight of a new task in the time that one takes of late: a dozen tasks count.
constexpr double kNewTask = 0.1;
constexpr double kLongestRetry = 60;

}  // namespace

WorkerQueue::WorkerQueue(int threads, std::size_t max_waiting)
    : max_waiting_(max_waiting), idle_(static_cast<std::size_t>(threads)) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerQueue::~WorkerQueue() { stop(); }

std::optional<WorkerQueue::Ticket> WorkerQueue::submit(std::function<void()> task) {
  Ticket ticket;
  {
    const std::lock_guard lock(mutex_);
    // A task that a free thread will take at once does not wait.
    if (stopping_ || waiting_.size() >= max_waiting_ + idle_) {
      ++refused_;
      return std::nullopt;
    }
    ticket = next_++;
    waiting_.emplace_back(ticket, std::move(task));
  }
  wake_.notify_one();
  return ticket;
}

void WorkerQueue::withdraw(Ticket ticket) {
  std::function<void()> dropped;  // what it holds goes without the lock
  const std::lock_guard lock(mutex_);
  const auto it = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& task) { return task.first == ticket; });
  if (it == waiting_.end()) return;
  dropped.swap(it->second);
  waiting_.erase(it);
}

void WorkerQueue::stop() {
  decltype(waiting_) dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

WorkerStats WorkerQueue::stats() const {
  const std::lock_guard lock(mutex_);
  return {waiting_.size(), threads_.size() - idle_, refused_, task_seconds_};
}

int WorkerQueue::seconds_to_drain() const {
  const WorkerStats now = stats();
  const double tasks = static_cast<double>(now.waiting + now.running) / static_cast<double>(threads_.size());
  return static_cast<int>(std::clamp(std::ceil(tasks * now.task_seconds), 1.0, kLongestRetry));
}

void WorkerQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::function<void()> task = std::move(waiting_.front().second);
    waiting_.pop_front();
    --idle_;
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    task();
    task = nullptr;  // what it holds goes before the next wait
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    lock.lock();
    task_seconds_ += (seconds - task_seconds_) * (task_seconds_ == 0 ? 1 : kNewTask);
    ++idle_;
  }
}

}  // namespace rappel
