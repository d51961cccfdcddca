// Turn: a mutex that is handed over in the order of asking.
//
// Whoever releases std::mutex and asks again at once usually gets it before a thread that it has just woken,
// so two threads with long turns can shut a third out. Here the wait is one turn for each thread that asked
// before. Waiters sleep; nothing is allocated. It has lock() and unlock(), so std::lock_guard takes it.
#pragma once

#include <atomic>

namespace rappel {

class Turn {
 public:
  void lock() {
    const unsigned mine = asked_.fetch_add(1, std::memory_order_relaxed);
    for (unsigned now; (now = served_.load(std::memory_order_acquire)) != mine;)
      served_.wait(now, std::memory_order_acquire);
  }
  void unlock() {
    served_.fetch_add(1, std::memory_order_release);
    served_.notify_all();
  }
  // Threads that hold or want it, at some moment of the call.
  unsigned taken() const {
    const unsigned served = served_.load(std::memory_order_relaxed);
    return asked_.load(std::memory_order_relaxed) - served;
  }

 private:
  std::atomic<unsigned> asked_{0}, served_{0};
};

}  // namespace rappel
