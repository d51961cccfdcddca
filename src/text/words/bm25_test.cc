#include "text/words/bm25.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

// tf / (tf + 1.2 (0.25 + 0.75 length / 200)) x 255, by hand.
TEST(Bm25, ImpactsFollowTheFormula) {
  EXPECT_EQ(bm25_impact(1, 200), 116);  // 255 / 2.2 = 115.9
  EXPECT_EQ(bm25_impact(2, 200), 159);  // 255 x 2 / 3.2 = 159.4
  EXPECT_EQ(bm25_impact(1, 400), 82);   // 255 / (1 + 2.1) = 82.26
  EXPECT_EQ(bm25_impact(3, 100), 204);  // 255 x 3 / (3 + 0.75) = 204
  EXPECT_EQ(bm25_impact(1e6, 200), 255);
  EXPECT_EQ(bm25_impact(1, 2e6), 1);  // 0.03: a word that is there counts
}

TEST(Bm25, RareWordsWeighMore) {
  EXPECT_FLOAT_EQ(bm25_idf(0, 10), 3.0910424f);    // ln(1 + 10.5 / 0.5) = ln 22
  EXPECT_FLOAT_EQ(bm25_idf(5, 10), 0.6931472f);    // ln(1 + 5.5 / 5.5)
  EXPECT_FLOAT_EQ(bm25_idf(10, 10), 0.04652002f);  // ln(1 + 0.5 / 10.5)
  EXPECT_EQ(bm25_idf(12, 10), bm25_idf(10, 10));
}

}  // namespace
}  // namespace rappel
