#include "cli/stop_watchdog.h"

#include <utility>

namespace rappel {

StopWatchdog::StopWatchdog(std::function<void()> on_expiry)
    : on_expiry_(std::move(on_expiry)), thread_([this] { watch(); }) {}

StopWatchdog::~StopWatchdog() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StopWatchdog::arm(std::chrono::milliseconds limit) {
  {
    const std::lock_guard lock(mutex_);
    armed_ = true;
    deadline_ = std::chrono::steady_clock::now() + limit;
  }
  changed_.notify_all();
}

void StopWatchdog::watch() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return armed_ || ended_; });
  if (!changed_.wait_until(lock, deadline_, [this] { return ended_; })) on_expiry_();
}

}  // namespace rappel
