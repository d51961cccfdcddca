#include "retrieve/plausibility.h"

#include <gtest/gtest.h>

#include "retrieve/types.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

using Codes = std::vector<std::string>;

TEST(Codes, HaveLettersAndDigitsOrManyDigits) {
  EXPECT_EQ(codes_in("What does ERR-4012 mean?"), (Codes{"ERR-4012"}));
  EXPECT_EQ(codes_in("(KST-300-0741), lot L-2270."), (Codes{"KST-300-0741", "L-2270"}));
  EXPECT_EQ(codes_in("order 20913 of room 12"), (Codes{"20913"}));
  EXPECT_EQ(codes_in("in 2019 at 12:30 for 1,000 or 4x4"), Codes{}) << "years and amounts are no codes";
  EXPECT_EQ(codes_in("getUserName and v2"), Codes{});
  EXPECT_EQ(codes_in(""), Codes{});
  EXPECT_EQ(codes_in("--- ... \xff"), Codes{});
  EXPECT_EQ(codes_in("a1b2 a1b2 a1b2 a1b2 a1b2 a1b2 a1b2 a1b2 a1b2 a1b2").size(), 8u);
}

class PlausibilityTest : public testing::Test {
 protected:
  PlausibilityTest() {
    NewDocument code{"code", {}, {{"The line stops with ERR-4012.", 0, 1, {1, 0}}}};
    code.metadata.author = "Zoe";
    EXPECT_TRUE(store_.upsert({code, {"other", {}, {{"rope", 0, 1, {0, 1}}}}}).ok());
  }
  double of(std::string_view query, double part = 0.5, bool knows = true, const Filter& filter = {}) {
    Candidate candidate;
    candidate.signals = {{1, 0, part}};
    const SignalScale scale{.kind = SignalKind::kDense, .knows_language = knows};
    const auto reader = open_reader(store_);
    return plausibility(**reader, store_.info(), query, filter, {&scale, 1}, {&candidate, 1}).value();
  }
  TestStore store_{2};
};

TEST_F(PlausibilityTest, CodeThatNoChunkHasMakesAnAnswerUnlikely) {
  EXPECT_EQ(of("ERR-4012"), 1);
  EXPECT_EQ(of("what about err4012"), 1);
  EXPECT_LT(of("ERR-9999"), 0.5);
  EXPECT_LT(of("ERR-4012", 0.5, true, Filter::equals("author", "Al")), 0.5) << "not among the allowed ones";
  EXPECT_EQ(of("ERR-4012", 0.5, true, Filter::equals("author", "Zoe")), 1);
}

TEST_F(PlausibilityTest, NothingNearInAKnownLanguageMakesAnAnswerUnlikely) {
  EXPECT_EQ(of("the of and", 0.15), 1);
  EXPECT_EQ(of("the of and", 0), 0.5);
  EXPECT_EQ(of("the of and", -2), 0.5);
  EXPECT_GT(of("the of and", 0.1), of("the of and", 0.05));
  EXPECT_EQ(of("the of and", -2, /*knows=*/false), 1) << "the model cannot tell";
}

}  // namespace
}  // namespace rappel
