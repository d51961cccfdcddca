// ReadAhead: results of a slow function of many items, computed by threads ahead of the caller and handed out
// in the order of the items.
//
// The results that wait, and those that are being computed, cost at most `budget` together, but one is always
// under way: an item that costs more than the budget runs alone.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace rappel {

template <class Output>
class ReadAhead {
 public:
  struct Work {
    std::size_t items = 0;
    std::size_t budget = 0;
    unsigned threads = 1;
    std::function<std::size_t(std::size_t item)> cost;  // before it is computed: an estimate
    std::function<std::size_t(const Output&)> held;     // and after
    std::function<Output(std::size_t item)> compute;    // any thread; must not throw
  };

  explicit ReadAhead(Work work) : work_(std::move(work)) {
    for (unsigned i = 0; i < work_.threads && i < work_.items; ++i)
      threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
  }
  // Waits for the computations under way; no further one begins.
  ~ReadAhead() {
    for (std::jthread& thread : threads_) thread.request_stop();
    changed_.notify_all();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Nothing: all were handed out.
  std::optional<Output> next() {
    std::unique_lock lock(mutex_);
    if (handed_out_ == work_.items) return std::nullopt;
    changed_.wait(lock, [&] { return ready_.contains(handed_out_); });
    auto node = ready_.extract(handed_out_++);
    used_ -= node.mapped().cost;
    changed_.notify_all();
    return std::move(node.mapped().output);
  }

 private:
  struct Ready {
    Output output;
    std::size_t cost;
  };

  // Under the mutex. The item that the caller waits for may always begin.
  bool may_begin(std::size_t cost) const { return begun_ == handed_out_ || used_ + cost <= work_.budget; }

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (begun_ < work_.items) {
      const std::size_t cost = work_.cost(begun_);
      if (!may_begin(cost)) {
        const std::size_t wanted = begun_;
        if (!changed_.wait(lock, stop, [&] { return begun_ != wanted || may_begin(cost); })) return;
        continue;
      }
      if (stop.stop_requested()) return;
      const std::size_t item = begun_++;
      used_ += cost;
      lock.unlock();
      Output output = work_.compute(item);
      const std::size_t held = work_.held(output);
      lock.lock();
      used_ = used_ - cost + held;
      ready_.emplace(item, Ready{std::move(output), held});
      changed_.notify_all();
    }
  }

  const Work work_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::size_t, Ready> ready_;
  std::size_t begun_ = 0, handed_out_ = 0;
  std::size_t used_ = 0;
  std::vector<std::jthread> threads_;  // last: they use the members above
};

}  // namespace rappel
