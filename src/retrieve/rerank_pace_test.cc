#include "retrieve/rerank_pace.h"

#include <gtest/gtest.h>

#include <limits>

namespace rappel {
namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();

TEST(RerankPace, CandidatesThatFitAreThoseOfTheMean) {
  RerankPace pace;
  EXPECT_EQ(pace.fitting(100), RerankPace::kUnmeasured) << "nothing is known yet";
  pace.measured(10, 50);
  EXPECT_EQ(pace.fitting(100), 20u);
  EXPECT_EQ(pace.fitting(0), kAny) << "0 is no budget";
  EXPECT_EQ(pace.fitting(1), 1u) << "one is always read";
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
  EXPECT_EQ(pace.fitting(1e6), kAny);
}

}  // namespace
}  // namespace rappel
