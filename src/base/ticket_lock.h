// TicketLock: a mutex that serves threads in order of arrival.
//
// A thread that releases a std::mutex and locks it again at once usually gets it before the thread that it
// has just woken, so two threads with long critical sections can starve a third. With a ticket lock a thread
// waits for the threads that arrived earlier and for no others. Waiters sleep; nothing is allocated.
// TicketLock has lock() and unlock(), so std::lock_guard works with it.
#pragma once

#include <atomic>

namespace rappel {

class TicketLock {
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
  // Number of threads that hold the lock or wait for it, at some moment during the call.
  unsigned taken() const {
    const unsigned served = served_.load(std::memory_order_relaxed);
    return asked_.load(std::memory_order_relaxed) - served;
  }

 private:
  std::atomic<unsigned> asked_{0}, served_{0};
};

}  // namespace rappel
