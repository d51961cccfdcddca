#include "extractor/page/page_numbers.h"

#include <gtest/gtest.h>

namespace rappel::extractor::page {
namespace {

TEST(RangesOf, NeighboursAreJoined) {
  EXPECT_EQ(ranges_of({3, 4, 5, 6, 7, 9}), "3-7, 9");
  EXPECT_EQ(ranges_of({1}), "1");
  EXPECT_EQ(ranges_of({}), "");
}

TEST(RangesOf, LongListsEnd) {
  std::vector<int> pages;
  for (int i = 1; i < 100; i += 2) pages.push_back(i);
  EXPECT_EQ(ranges_of(pages).substr(0, 7), "1, 3, 5");
  EXPECT_TRUE(ranges_of(pages).ends_with(".."));
}

}  // namespace
}  // namespace rappel::extractor::page
