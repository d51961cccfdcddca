// A thread that runs what it is given, one piece after another in the order of asking.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/turn.h"

namespace rappel::metal {

class InferenceThread {
 public:
  InferenceThread() : thread_([this] { loop(); }) {}
  ~InferenceThread();

  // Returns when `work`, which must not throw, has run on the thread. From any other thread.
  void run(const std::function<void()>& work);

 private:
  void loop();

  Turn turn_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;  // under the mutex, as stop_
  bool stop_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace rappel::metal
