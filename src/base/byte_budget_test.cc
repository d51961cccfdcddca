#include "base/byte_budget.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace rappel {
namespace {

using Room = ByteHold::Room;
constexpr std::size_t kMb = std::size_t{1} << 20;

TEST(ByteBudget, OneCallerGetsHalf) {
  ByteBudget budget(256 * kMb);
  ByteHold first(&budget, "a"), second(&budget, "a");
  EXPECT_EQ(first.take(64 * kMb), Room::kTaken);
  EXPECT_EQ(second.take(64 * kMb), Room::kTaken);
  EXPECT_EQ(second.take(1 * kMb), Room::kNone);
  EXPECT_EQ(second.bytes(), 64 * kMb) << "what did not fit is not counted";
  EXPECT_EQ(budget.used(), 128 * kMb);
}

TEST(ByteBudget, EveryFurtherCallerGetsAShare) {
  ByteBudget budget(256 * kMb);
  ByteHold a(&budget, "a"), b(&budget, "b"), c(&budget, "c");
  EXPECT_EQ(a.take(128 * kMb), Room::kTaken);
  EXPECT_EQ(b.take(65 * kMb), Room::kNone);
  EXPECT_EQ(b.take(64 * kMb), Room::kTaken);
  EXPECT_EQ(c.take(32 * kMb), Room::kTaken);
  EXPECT_FALSE(budget.fits("d", 16 * kMb)) << "the last eighth is kept for small holds";
}

TEST(ByteBudget, SmallHoldsFitWhateverLargeOnesTake) {
  ByteBudget budget(64 * kMb);
  std::vector<ByteHold> large;
  for (const char* caller : {"a", "b", "c", "d", "e", "f"}) {
    large.emplace_back(&budget, caller);
    while (large.back().take(kMb) == Room::kTaken) {
    }
  }
  std::vector<ByteHold> small;
  for (std::size_t i = 0; i < 8 * kMb / ByteBudget::kSmallHold; ++i) {
    small.emplace_back(&budget, "a");
    ASSERT_EQ(small.back().take(ByteBudget::kSmallHold), Room::kTaken) << i;
  }
}

TEST(ByteBudget, ShrinksToWhatIsStillUsed) {
  ByteBudget budget(1000);
  ByteHold hold(&budget, "a");
  ASSERT_EQ(hold.take(budget.most_of_a_caller()), Room::kTaken);
  hold.shrink_to(200);
  EXPECT_EQ(budget.used(), 200u);
  hold.shrink_to(300);
  EXPECT_EQ(hold.bytes(), 200u) << "it does not grow";
  EXPECT_EQ(hold.take(300), Room::kTaken);
}

TEST(ByteBudget, GivesBackAtTheEnd) {
  ByteBudget budget(1000);
  {
    ByteHold hold(&budget, "a");
    EXPECT_EQ(hold.take(900), Room::kTaken);
    ByteHold moved(std::move(hold));
    EXPECT_EQ(budget.used(), 900u);
    EXPECT_EQ(moved.take(101), Room::kNone);
  }
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_TRUE(budget.fits("b", 1000));
}

TEST(ByteBudget, LimitOfOneHold) {
  ByteBudget budget(1000);
  ByteHold hold(&budget, "a", 100);
  EXPECT_EQ(hold.take(101), Room::kTooLarge);
  EXPECT_EQ(hold.take(100), Room::kTaken);
  EXPECT_EQ(hold.take(1), Room::kTooLarge);
  ByteHold alone(nullptr, "", 10);
  EXPECT_EQ(alone.take(10), Room::kTaken);
  EXPECT_EQ(alone.take(1), Room::kTooLarge);
}

}  // namespace
}  // namespace rappel
