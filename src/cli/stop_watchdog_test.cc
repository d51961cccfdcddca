#include "cli/stop_watchdog.h"

#include <gtest/gtest.h>

#include <future>

namespace rappel {
namespace {

TEST(StopWatchdog, ExpiresWhenTheStopTakesTooLong) {
  std::promise<void> expired;
  StopWatchdog watchdog([&] { expired.set_value(); });
  watchdog.arm(std::chrono::milliseconds(1));
  expired.get_future().wait();  // or the test times out
}

TEST(StopWatchdog, IsQuietAfterATimelyStop) {
  bool expired = false;
  {
    StopWatchdog watchdog([&] { expired = true; });
    watchdog.arm(std::chrono::hours(1));
  }
  {
    const StopWatchdog never_armed([&] { expired = true; });
  }
  EXPECT_FALSE(expired);
}

}  // namespace
}  // namespace rappel
