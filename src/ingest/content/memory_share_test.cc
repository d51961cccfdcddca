#include "ingest/content/memory_share.h"

#include <gtest/gtest.h>

#include <utility>

namespace rappel {
namespace {

TEST(MemoryShare, IsGivenBackWithItsObject) {
  ByteBudget budget(std::size_t{1} << 20);
  ByteHold memory(&budget, "a");
  {
    MemoryShare share(&memory);
    ASSERT_TRUE(share.hold(100'000).ok());
    ASSERT_TRUE(share.hold(10).ok());
    EXPECT_GE(memory.bytes(), 100'010u);
    MemoryShare moved = std::move(share);
    EXPECT_EQ(moved.used(), 100'010u);
  }
  EXPECT_EQ(memory.bytes(), 0u);
}

TEST(MemoryShare, LeavesWhatIsUsed) {
  ByteHold memory(nullptr, "a");
  {
    MemoryShare share(&memory);
    ASSERT_TRUE(share.set(500'000).ok());
    ASSERT_TRUE(share.set(1'000).ok());
    EXPECT_LT(memory.bytes(), 100'000u);
    share.leave();
  }
  EXPECT_EQ(memory.bytes(), 1'000u);
  { const MemoryShare adopted(&memory, 400); }
  EXPECT_EQ(memory.bytes(), 600u);
}

TEST(MemoryShare, WithoutAHoldNothingIsRefused) {
  MemoryShare share;
  EXPECT_TRUE(share.hold(std::size_t{1} << 40).ok());
  share.give_back(5);
  EXPECT_EQ(share.used(), (std::size_t{1} << 40) - 5);
}

TEST(MemoryShare, RefusalCountsNothing) {
  ByteHold memory(nullptr, "a", 1'000'000);
  MemoryShare share(&memory);
  ASSERT_TRUE(share.hold(900'000).ok());
  EXPECT_TRUE(is_lack_of_memory(share.hold(200'000)));
  EXPECT_EQ(share.used(), 900'000u);
  EXPECT_TRUE(share.hold(50'000).ok());
}

}  // namespace
}  // namespace rappel
