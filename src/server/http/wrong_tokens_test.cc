#include "server/http/wrong_tokens.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr WrongTokens::Clock::time_point kNow{std::chrono::hours(1)};

TEST(WrongTokens, DelayGrowsAfterTheFirstFew) {
  WrongTokens tokens;
  for (std::size_t i = 1; i <= WrongTokens::kFree; ++i)
    EXPECT_EQ(tokens.add("a", kNow).delay, milliseconds(0)) << i;
  EXPECT_EQ(tokens.add("a", kNow).delay, milliseconds(100));
  EXPECT_EQ(tokens.add("a", kNow).delay, milliseconds(200));
  for (int i = 0; i < 1000; ++i) (void)tokens.add("a", kNow);
  EXPECT_EQ(tokens.add("a", kNow).delay, WrongTokens::kLongestDelay);
  EXPECT_EQ(tokens.add("b", kNow).delay, milliseconds(0)) << "another peer";
  EXPECT_EQ(tokens.total(), WrongTokens::kFree + 1004);
}

TEST(WrongTokens, QuietPeerIsForgotten) {
  WrongTokens tokens;
  for (int i = 0; i < 10; ++i) (void)tokens.add("a", kNow);
  EXPECT_EQ(tokens.add("a", kNow + seconds(60)).count, 11u);
  EXPECT_EQ(tokens.add("a", kNow + seconds(121)).count, 1u);
}

TEST(WrongTokens, TableIsBoundedAndKeepsTheRecentOnes) {
  WrongTokens tokens;
  for (std::size_t i = 0; i < 3 * WrongTokens::kPeers; ++i) {
    (void)tokens.add("busy", kNow + milliseconds(i));
    (void)tokens.add("peer " + std::to_string(i), kNow + milliseconds(i));
  }
  EXPECT_EQ(tokens.add("busy", kNow + seconds(4)).count, 3 * WrongTokens::kPeers + 1);
  EXPECT_EQ(tokens.add("peer 0", kNow + seconds(4)).count, 1u);
}

}  // namespace
}  // namespace rappel
