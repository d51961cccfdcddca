// A thread that runs submitted work one after another, in order of arrival.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/ticket_lock.h"

namespace rappel::metal {

class InferenceThread {
 public:
  InferenceThread() : thread_([this] { loop(); }) {}
  ~InferenceThread();

  // Runs `work`, which must not throw, on the thread and returns when it is done. Call it from other threads.
  void run(const std::function<void()>& work);

 private:
  void loop();

  TicketLock pass_lock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;  // guarded by the mutex, like stop_
  bool stop_ = false;
  std::thread thread_;  // declared last, because it uses the other members
};

}  // namespace rappel::metal
