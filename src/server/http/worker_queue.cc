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

// Threads or places that others have beyond the `share` of one flow.
std::size_t reserve_of(std::size_t share) { return share / 8; }

}  // namespace

WorkerQueue::WorkerQueue(int threads, std::size_t max_waiting) : max_waiting_(max_waiting) {
  quick_.most_of_flow = static_cast<std::size_t>(threads);
  uploads_.most_of_flow = std::max<std::size_t>(1, quick_.most_of_flow / 2);
  for (Line* tasks : {&quick_, &uploads_}) {
    tasks->most = tasks->most_of_flow + reserve_of(tasks->most_of_flow);
    tasks->running.reserve(tasks->most);
  }
  idle_ = quick_.most;
  try {
    for (std::size_t i = 0; i < quick_.most; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {  // no more threads: those that run must end before they go
    stop();
    throw;
  }
}

WorkerQueue::~WorkerQueue() { stop(); }

std::optional<WorkerQueue::Ticket> WorkerQueue::submit(Kind kind, std::function<void()> task, FlowId flow) {
  Ticket ticket;
  {
    const std::lock_guard lock(mutex_);
    Line& tasks = line(kind);
    // A task that a free thread will take at once does not wait.
    const std::size_t at_once = std::min(idle_, tasks.most - tasks.running.size());
    const std::size_t flow_at_once = std::min(idle_, tasks.most_of_flow - tasks.running_of(flow));
    if (stopping_ || tasks.waiting.size() >= max_waiting_ + reserve_of(max_waiting_) + at_once ||
        tasks.waiting_of(flow) >= max_waiting_ + flow_at_once) {
      ++refused_;
      return std::nullopt;
    }
    ticket = next_++;
    tasks.waiting.push_back({ticket, flow, std::move(task)});
  }
  wake_.notify_one();
  return ticket;
}

void WorkerQueue::withdraw(Ticket ticket) {
  std::function<void()> dropped;  // what it holds goes without the lock
  const std::lock_guard lock(mutex_);
  for (Line* tasks : {&quick_, &uploads_}) {
    const auto it = std::find_if(tasks->waiting.begin(), tasks->waiting.end(),
                                 [&](const auto& task) { return task.ticket == ticket; });
    if (it == tasks->waiting.end()) continue;
    dropped.swap(it->task);
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
  return {quick_.waiting.size() + uploads_.waiting.size(), quick_.running.size() + uploads_.running.size(),
          refused_};
}

std::size_t WorkerQueue::under_way(Kind kind) const {
  const std::lock_guard lock(mutex_);
  return line(kind).waiting.size() + line(kind).running.size();
}

int WorkerQueue::seconds_to_drain(Kind kind) const {
  const std::lock_guard lock(mutex_);
  const Line& tasks = line(kind);
  const double rounds =
      static_cast<double>(tasks.waiting.size() + tasks.running.size()) / static_cast<double>(tasks.most);
  return static_cast<int>(std::clamp(std::ceil(rounds * tasks.task_seconds), 1.0, kLongestRetry));
}

std::deque<WorkerQueue::Waiting>::iterator WorkerQueue::Line::next() {
  auto next = waiting.end();
  if (running.size() >= most) return next;
  std::size_t fewest = most_of_flow;  // running of a flow that may have one more: less than that
  for (auto it = waiting.begin(); it != waiting.end() && fewest > 0; ++it) {
    const std::size_t of_flow = running_of(it->flow);
    if (of_flow >= fewest) continue;
    fewest = of_flow;
    next = it;
  }
  return next;
}

std::size_t WorkerQueue::Line::running_of(FlowId flow) const {
  return static_cast<std::size_t>(std::count(running.begin(), running.end(), flow));
}

std::size_t WorkerQueue::Line::waiting_of(FlowId flow) const {
  return static_cast<std::size_t>(
      std::count_if(waiting.begin(), waiting.end(), [&](const Waiting& one) { return one.flow == flow; }));
}

void WorkerQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || quick_.ready() || uploads_.ready(); });
    if (stopping_) return;
    Line& tasks = quick_.ready() ? quick_ : uploads_;
    const auto next = tasks.next();
    const FlowId flow = next->flow;
    std::function<void()> task = std::move(next->task);
    tasks.waiting.erase(next);
    tasks.running.push_back(flow);
    --idle_;
    lock.unlock();
    const auto start = std::chrono::steady_clock::now();
    task();
    task = nullptr;  // what it holds goes before the next wait
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    lock.lock();
    tasks.task_seconds += (seconds - tasks.task_seconds) * (tasks.task_seconds == 0 ? 1 : kNewTask);
    tasks.running.erase(std::find(tasks.running.begin(), tasks.running.end(), flow));
    ++idle_;
  }
}

}  // namespace rappel
