#include "base/stop_poll.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(StopPoll, SeesAStopWithinItsSteps) {
  std::stop_source source;
  StopPoll poll(source.get_token());
  for (std::size_t i = 0; i < 3 * StopPoll::kSteps; ++i) ASSERT_FALSE(poll.stopped());
  source.request_stop();
  std::size_t steps = 1;
  while (!poll.stopped()) ++steps;
  EXPECT_LE(steps, StopPoll::kSteps);
  EXPECT_TRUE(poll.stopped()) << "once stopped, always stopped";
}

TEST(StopPoll, CountsTheStepsOfOneCall) {
  std::stop_source source;
  source.request_stop();
  StopPoll poll(source.get_token());
  EXPECT_FALSE(poll.stopped(StopPoll::kSteps - 1));
  EXPECT_TRUE(poll.stopped(1));
  EXPECT_FALSE(StopPoll().stopped(1 << 30));
}

}  // namespace
}  // namespace rappel
