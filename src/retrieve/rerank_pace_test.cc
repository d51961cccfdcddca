#include "retrieve/rerank_pace.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(RerankPace, CandidatesThatFitAreThoseOfTheMean) {
  RerankPace pace;
  EXPECT_EQ(pace.fitting(100), RerankPace::kUnmeasured) << "nothing is known yet";
  pace.measured(10, 50);
  EXPECT_EQ(pace.fitting(100), 20u);
  EXPECT_EQ(pace.fitting(5), 1u);
  EXPECT_EQ(pace.fitting(4), 0u) << "not even one";
  EXPECT_EQ(pace.fitting(-1), 0u);
}

TEST(RerankPace, NewerCallsCountMore) {
  RerankPace pace;
  pace.measured(1, 10);
  for (int i = 0; i < 20; ++i) pace.measured(1, 20);
  EXPECT_EQ(pace.fitting(200), 10u);
  pace.measured(0, 1000);
  EXPECT_EQ(pace.fitting(200), 10u) << "a call without candidates says nothing";
}

TEST(RerankPace, CallThatTookNoTimeBoundsNothing) {
  RerankPace pace;
  pace.measured(5, 0);
  EXPECT_GT(pace.fitting(1e6), 1'000'000u);
}

TEST(RerankPace, SlowCallDoesNotKeepTheRerankerAwayForGood) {
  RerankPace pace;
  pace.measured(1, 100);
  int queries = 0;
  for (; pace.fitting(50) == 0; ++queries) pace.left_out();
  EXPECT_GT(queries, 5) << "most queries are in time";
  EXPECT_LT(queries, 50);
}

}  // namespace
}  // namespace rappel
