#include "extractor/page/gutters.h"

#include <gtest/gtest.h>

namespace rappel::extractor::page {
namespace {

Row row(std::vector<Interval> text) { return {.text = std::move(text), .size = 10}; }

TEST(FindBands, TwoColumnsUnderAHeadingAreOneBand) {
  const std::vector<Row> rows = {row({{50, 500}}), row({{50, 260}, {290, 500}}), row({{50, 255}, {290, 490}}),
                                 row({{290, 500}}), row({{50, 260}, {290, 480}})};
  const std::vector<Band> bands = find_bands(rows);
  ASSERT_EQ(bands.size(), 1U);
  EXPECT_EQ(bands[0].first, 1U);
  EXPECT_EQ(bands[0].end, 5U);
  ASSERT_EQ(bands[0].gutters.size(), 1U);
  EXPECT_FLOAT_EQ(bands[0].gutters[0].from, 260);
  EXPECT_FLOAT_EQ(bands[0].gutters[0].to, 290);
}

TEST(FindBands, AllGuttersOfATableAreFound) {
  const std::vector<Row> rows(4, row({{50, 60}, {100, 180}, {220, 300}}));
  const std::vector<Band> bands = find_bands(rows);
  ASSERT_EQ(bands.size(), 1U);
  EXPECT_EQ(bands[0].gutters.size(), 2U);
}

TEST(FindBands, LinesOfOneColumnHaveNone) {
  EXPECT_TRUE(find_bands({row({{50, 500}}), row({{50, 300}}), row({{60, 500}}), row({{50, 200}})}).empty());
}

TEST(FindBands, NarrowGapsAreNoGutter) {
  EXPECT_TRUE(find_bands(std::vector<Row>(6, row({{50, 200}, {206, 400}}))).empty());
}

TEST(FindBands, TooManyRowsAreNotLookedAt) {
  EXPECT_TRUE(find_bands(std::vector<Row>(5'000, row({{50, 100}, {200, 300}}))).empty());
}

}  // namespace
}  // namespace rappel::extractor::page
