// nDCG@10 of BM25 with these words, against the bars of the design. bench/words_bench.cc prints the values.
#include <gtest/gtest.h>

#include "testing/shared_data.h"
#include "text/words/test_bm25.h"

namespace rappel {
namespace {

struct Bar {
  const char* name;
  double ndcg10;
};

class WordsQuality : public testing::TestWithParam<Bar> {};

TEST_P(WordsQuality, Bm25PassesItsBar) {
  const auto folder = shared_data(std::string("retrieval/") + GetParam().name);
  if (!folder) GTEST_SKIP() << missing_shared_data();
  const Bm25Quality quality = bm25_quality(*folder);
  EXPECT_GE(quality.ndcg10, GetParam().ndcg10);
  EXPECT_LT(quality.ndcg10, 1);
}

INSTANTIATE_TEST_SUITE_P(Sets, WordsQuality,
                         testing::Values(Bar{"scifact", 0.70}, Bar{"xquad-en", 0.97}, Bar{"xquad-zh", 0.965}),
                         [](const auto& bar) {
                           std::string name = bar.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The measure itself, by values that pytrec_eval gives: two and one swapped of relevances 2, 1.
TEST(Bm25Quality, NdcgHasLinearGain) {
  EXPECT_NEAR(ndcg10({1, 2}, {{"a", 2}, {"b", 1}}), 0.8597, 5e-5);
  EXPECT_EQ(ndcg10({2, 1}, {{"a", 2}, {"b", 1}}), 1);
}

}  // namespace
}  // namespace rappel
