#include "cli/stop_signal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace rappel {
namespace {

TEST(StopSignal, WaitReturnsAfterTheSignal) {
  StopSignal stop;
  EXPECT_FALSE(stop.raised());
  ::raise(SIGTERM);
  stop.wait();
  EXPECT_TRUE(stop.raised());
  stop.wait();  // again: at once
}

TEST(StopSignal, WakeEndsOneWait) {
  StopSignal stop;
  stop.wake();
  stop.wait();
  EXPECT_FALSE(stop.raised());
}

TEST(ReloadSignal, HangupWakesTheWaitAndIsTakenOnce) {
  ReloadSignal reload;
  StopSignal stop;
  EXPECT_FALSE(reload.take());
  ::raise(SIGHUP);
  ::raise(SIGHUP);
  stop.wait();
  EXPECT_FALSE(stop.raised());
  EXPECT_TRUE(reload.take());
  EXPECT_FALSE(reload.take());
}

TEST(ReloadSignal, HangupBeforeAnyoneWaitsIsKept) {
  ReloadSignal reload;
  ::raise(SIGHUP);
  StopSignal stop;
  EXPECT_TRUE(reload.take());
}

TEST(StopSignal, TheSecondSignalEndsTheProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    StopSignal stop;
    ::raise(SIGTERM);
    ::raise(SIGTERM);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
}

TEST(StopSignal, AlarmEndsAStopThatHangs) {
  const pid_t child = ::fork();
  if (child == 0) {
    StopSignal stop(1);
    ::raise(SIGTERM);
    for (;;) ::pause();
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGALRM);
}

}  // namespace
}  // namespace rappel
