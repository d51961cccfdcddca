#include "embed/local/passage_windows.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

using Windows = std::vector<TokenWindow>;

TEST(PassageWindows, PassageThatFitsIsOneWindow) {
  EXPECT_EQ(passage_windows(0, 100), (Windows{{0, 0}}));
  EXPECT_EQ(passage_windows(100, 100), (Windows{{0, 100}}));
}

TEST(PassageWindows, WindowsOverlapAndTheLastEndsWithThePassage) {
  EXPECT_EQ(passage_windows(101, 100), (Windows{{0, 100}, {1, 101}}));
  EXPECT_EQ(passage_windows(200, 100), (Windows{{0, 100}, {75, 175}, {100, 200}}));
}

TEST(PassageWindows, EveryTokenIsCoveredUpToTheMostWindows) {
  for (std::size_t room = kLeastWindow; room < 40; ++room)
    for (std::size_t tokens = 1; tokens < 400; ++tokens) {
      const Windows windows = passage_windows(tokens, room);
      ASSERT_LE(windows.size(), kMostWindows);
      std::size_t covered = 0;
      for (const TokenWindow& window : windows) {
        ASSERT_LE(window.end - window.begin, room);
        ASSERT_LE(window.begin, covered) << "no gap";
        ASSERT_GT(window.end, covered);
        covered = window.end;
      }
      if (windows.size() < kMostWindows) {
        ASSERT_EQ(covered, tokens);
      }
    }
}

TEST(PassageWindows, TooLittleRoomCutsThePassage) {
  EXPECT_EQ(passage_windows(100, kLeastWindow - 1), (Windows{{0, 100}}));
}

}  // namespace
}  // namespace rappel
