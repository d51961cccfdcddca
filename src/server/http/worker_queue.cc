#include "server/http/worker_queue.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace rappel {
namespace {

// Weight of a new task in the moving average: about a dozen tasks count.
constexpr double kNewTask = 0.1;
constexpr double kLongestRetry = 60;

}  // namespace

WorkerQueue::WorkerQueue(int threads, std::size_t max_waiting)
    : max_waiting_(max_waiting), idle_(static_cast<std::size_t>(threads)) {
  quick_.most = idle_;
  uploads_.most = std::max<std::size_t>(1, idle_ / 2);
  try {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {  // no more threads: those that run must end before they go
    stop();
    throw;
  }
}

WorkerQueue::~WorkerQueue() { stop(); }

std::optional<WorkerQueue::Ticket> WorkerQueue::submit(Kind kind, std::function<void()> task) {
  Ticket ticket;
  {
    const std::lock_guard lock(mutex_);
    Line& tasks = line(kind);
    // A task that a free thread will take at once does not wait.
    const std::size_t at_once = std::min(idle_, tasks.most - tasks.running);
    if (stopping_ || tasks.waiting.size() >= max_waiting_ + at_once) {
      ++refused_;
      return std::nullopt;
    }
    ticket = next_++;
    tasks.waiting.emplace_back(ticket, std::move(task));
  }
  wake_.notify_one();
  return ticket;
}

void WorkerQueue::withdraw(Ticket ticket) {
  std::function<void()> dropped;  // what it holds goes without the lock
  const std::lock_guard lock(mutex_);
  for (Line* tasks : {&quick_, &uploads_}) {
    const auto it = std::find_if(tasks->waiting.begin(), tasks->waiting.end(),
                                 [&](const auto& task) { return task.first == ticket; });
    if (it == tasks->waiting.end()) continue;
    dropped.swap(it->second);
    tasks->waiting.erase(it);
    return;
  }
}

void WorkerQueue::stop() {
  decltype(Line::waiting) dropped_quick, dropped_uploads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped_quick.swap(quick_.waiting);
    dropped_uploads.swap(uploads_.waiting);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

WorkerStats WorkerQueue::stats() const {
  const std::lock_guard lock(mutex_);
  return {quick_.waiting.size() + uploads_.waiting.size(), quick_.running + uploads_.running, refused_};
}

std::size_t WorkerQueue::under_way(Kind kind) const {
  const std::lock_guard lock(mutex_);
  return line(kind).waiting.size() + line(kind).running;
}

int WorkerQueue::seconds_to_drain(Kind kind) const {
  const std::lock_guard lock(mutex_);
  const Line& tasks = line(kind);
  const double rounds =
      static_cast<double>(tasks.waiting.size() + tasks.running) / static_cast<double>(tasks.most);
  return static_cast<int>(std::clamp(std::ceil(rounds * tasks.task_seconds), 1.0, kLongestRetry));
}

void WorkerQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || quick_.ready() || uploads_.ready(); });
    if (stopping_) return;
    Line& tasks = quick_.ready() ? quick_ : uploads_;
    std::function<void()> task = std::move(tasks.waiting.front().second);
    tasks.waiting.pop_front();
    ++tasks.running;
    --idle_;
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    task();
    task = nullptr;  // what it holds goes before the next wait
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    lock.lock();
    tasks.task_seconds += (seconds - tasks.task_seconds) * (tasks.task_seconds == 0 ? 1 : kNewTask);
    --tasks.running;
    ++idle_;
  }
}

}  // namespace rappel
