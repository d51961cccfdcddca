// StopWatchdog: ends a process whose stop takes too long, because a thread hangs or memory is short. Its
// thread runs from the beginning, so that none has to be started when the resources are gone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace rappel {

class StopWatchdog {
 public:
  // `on_expiry` is called on the watchdog's thread when the time is over, and ends the process.
  explicit StopWatchdog(std::function<void()> on_expiry);
  ~StopWatchdog();  // the stop has ended in time
  StopWatchdog(const StopWatchdog&) = delete;
  StopWatchdog& operator=(const StopWatchdog&) = delete;

  // The stop begins: it has so long.
  void arm(std::chrono::milliseconds limit);

 private:
  void watch();

  const std::function<void()> on_expiry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool armed_ = false, ended_ = false;
  std::chrono::steady_clock::time_point deadline_;
  std::thread thread_;
};

}  // namespace rappel
