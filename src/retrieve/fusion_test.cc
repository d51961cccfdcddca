#include "retrieve/fusion.h"

#include <gtest/gtest.h>

#include "retrieve/relevance.h"
#include "retrieve/rerank.h"
#include "retrieve/scales.h"

namespace rappel {
namespace {

struct Given {
  const char* name;
  std::vector<SignalScore> signals;
};

std::vector<Candidate> candidates_of(const std::vector<Given>& given) {
  std::vector<Candidate> candidates;
  for (const Given& one : given) {
    Candidate& candidate = candidates.emplace_back();
    candidate.key.bytes = one.name;
    candidate.signals = one.signals;
  }
  return candidates;
}

std::string order(const std::vector<Candidate>& candidates) {
  std::string out;
  for (const Candidate& candidate : candidates) out += candidate.key.bytes;
  return out;
}

std::string fused(SearchMode mode, const std::vector<SignalScale>& scales, const std::vector<Given>& given) {
  auto candidates = candidates_of(given);
  fuse(mode, scales, {}, candidates);
  return order(candidates);
}

const SignalScale kDenseScale{.kind = SignalKind::kDense, .floor = 0.1, .full = 0.9};
const SignalScale kSparseScale{.kind = SignalKind::kSparse, .full = 0.5};
const SignalScale kLexicalScale{.kind = SignalKind::kLexical, .full = 20};

TEST(AbsolutePart, IsLinearBetweenFloorAndFull) {
  EXPECT_DOUBLE_EQ(absolute_part(kDenseScale, 0.5), 0.5);
  EXPECT_DOUBLE_EQ(absolute_part(kDenseScale, 1.7), 2) << "not bounded: the order stays";
  EXPECT_DOUBLE_EQ(absolute_part(kDenseScale, -0.7), -1);
  EXPECT_DOUBLE_EQ(absolute_part(kLexicalScale, 5), 0.25);
  EXPECT_DOUBLE_EQ(absolute_part(kLexicalScale, 0), 0);
  EXPECT_TRUE(std::isfinite(absolute_part({.floor = 1, .full = 1}, 1.0)));
}

TEST(FusionWeight, DenseCountsByItsConfidenceAndTheRestIsShared) {
  SignalScale unsure = kDenseScale;
  unsure.confidence = 0.25;
  using Weights = std::vector<double>;
  EXPECT_EQ(weights_of(std::vector{kDenseScale}, {}), (Weights{1}));
  EXPECT_EQ(weights_of(std::vector{unsure}, {}), (Weights{1})) << "there is no other signal";
  EXPECT_EQ(weights_of(std::vector{kDenseScale, kLexicalScale}, {}), (Weights{0.4, 0.6}));
  EXPECT_EQ(weights_of(std::vector{unsure, kLexicalScale}, {}), (Weights{0.1, 0.9}));
  EXPECT_EQ(weights_of(std::vector{kDenseScale, kSparseScale}, {}), (Weights{0.4, 0.6}));
  const Weights three = weights_of(std::vector{kDenseScale, kSparseScale, kLexicalScale}, {0.2, 0.75});
  EXPECT_DOUBLE_EQ(three[0], 0.2);
  EXPECT_DOUBLE_EQ(three[1], 0.6);
  EXPECT_DOUBLE_EQ(three[2], 0.2);
}

TEST(Fusion, OneSignalKeepsItsOrder) {
  auto candidates = candidates_of({{"a", {{1, 0.95}}}, {"b", {{2, 0.5}}}, {"c", {{3, -0.25}}}});
  fuse(SearchMode::kDense, std::vector{kDenseScale}, {}, candidates);
  ASSERT_EQ(order(candidates), "abc");
  EXPECT_DOUBLE_EQ(candidates[0].score, relevance(1, kDenseAlone));
  EXPECT_DOUBLE_EQ(candidates[1].score, relevance(0.5, kDenseAlone));
  EXPECT_DOUBLE_EQ(candidates[2].score, relevance(0, kDenseAlone));
}

TEST(Fusion, HybridAddsThePartsAndKeepsTheOrderOfEqualOnes) {
  auto candidates = candidates_of({{"a", {{1, 0.9}, {0, 0}}},     // 0.4 * 1
                                   {"b", {{0, 0.1}, {1, 20}}},    // 0.6 * 1
                                   {"c", {{2, 0.5}, {2, 10}}},    // 0.4 * 0.5 + 0.6 * 0.5
                                   {"d", {{3, 0.5}, {3, 10}}}});  // the same
  fuse(SearchMode::kHybrid, std::vector{kDenseScale, kLexicalScale}, {}, candidates);
  ASSERT_EQ(order(candidates), "bcda");
  EXPECT_DOUBLE_EQ(candidates[0].score, relevance(0.6, kBoth));
  EXPECT_DOUBLE_EQ(candidates[1].score, relevance(0.5, kBoth));
  EXPECT_EQ(candidates[1].score, candidates[2].score);
  EXPECT_DOUBLE_EQ(candidates[3].signals[0].part, 1);
}

TEST(Fusion, MoreCandidatesDoNotChangeAHybridScore) {
  const Given first{"a", {{1, 0.7}, {1, 9}}};
  auto alone = candidates_of({first});
  auto among = candidates_of({first, {"b", {{2, 0.2}, {0, 0}}}, {"c", {{0, -0.3}, {2, 4}}}});
  const std::vector scales{kDenseScale, kLexicalScale};
  fuse(SearchMode::kHybrid, scales, {}, alone);
  fuse(SearchMode::kHybrid, scales, {}, among);
  EXPECT_EQ(alone[0].score, among[0].score);
}

TEST(Fusion, ASignalWithoutConfidenceDoesNotDecide) {
  SignalScale useless = kDenseScale;
  useless.confidence = 0;
  EXPECT_EQ(fused(SearchMode::kHybrid, {useless, kLexicalScale},
                  {{"a", {{1, 0.9}, {2, 5}}}, {"b", {{2, 0.1}, {1, 6}}}}),
            "ba");
}

TEST(Fusion, OtherModesOrderByTheirOwnRule) {
  const std::vector<Given> given{{"a", {{1, 0.9}, {3, 1}}},    // ranks 1/11 + 1/13
                                 {"b", {{2, 0.88}, {1, 20}}},  // 1/12 + 1/11
                                 {"c", {{3, 0.1}, {2, 19}}}};  // 1/13 + 1/12
  const std::vector scales{kDenseScale, kLexicalScale};
  EXPECT_EQ(fused(SearchMode::kRrf, scales, given), "bac");
  // Min-max: a 0.4, b 0.4 * 0.975 + 0.6, c 0.6 * 18 / 19.
  EXPECT_EQ(fused(SearchMode::kMinMax, scales, given), "bca");
  // BGE-M3: (0.4 dense + 0.2 sparse) / 0.6 of the raw scores.
  EXPECT_EQ(fused(SearchMode::kBgeM3, {kDenseScale, kSparseScale},
                  {{"a", {{1, 0.5}, {2, 0.1}}}, {"b", {{2, 0.45}, {1, 0.3}}}}),
            "ba");
}

// RRF and the others order by ranks or by their own sums; what is shown is the same relevance everywhere.
TEST(Fusion, ScoresFallWithTheOrderInEveryMode) {
  const std::vector<Given> given{{"a", {{1, 0.9}, {3, 1}}},  {"b", {{2, 0.88}, {1, 20}}},
                                 {"c", {{3, 0.1}, {2, 19}}}, {"d", {{0, 0.3}, {4, 0.5}}},
                                 {"e", {{4, 0.85}, {0, 0}}}, {"f", {{5, -0.2}, {5, 18}}}};
  for (const SearchModeInfo& info : search_modes()) {
    auto candidates = candidates_of(given);
    fuse(info.mode, std::vector{kDenseScale, kLexicalScale}, {}, candidates);
    ASSERT_EQ(candidates.size(), given.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      EXPECT_GE(candidates[i].score, 0) << info.name;
      EXPECT_LE(candidates[i].score, i == 0 ? 1 : candidates[i - 1].score) << info.name;
    }
  }
}

TEST(Fusion, NoCandidates) {
  std::vector<Candidate> none;
  fuse(SearchMode::kMinMax, std::vector{kDenseScale, kLexicalScale}, {}, none);
  EXPECT_TRUE(none.empty());
}

TEST(DenseScale, SmallStoreIsJudgedByTheModelAlone) {
  const SimilarityScale model{.unrelated = 0.8, .deviation = 0.02, .related = 0.88};
  const SignalScale empty = dense_scale(model, {}, 0.88);
  EXPECT_DOUBLE_EQ(empty.floor, 0.8);
  EXPECT_DOUBLE_EQ(empty.full, 0.8 + 0.08 / 0.4);
  EXPECT_EQ(empty.confidence, 1);
  EXPECT_EQ(dense_scale(model, {}, 0.82).confidence, 0) << "one deviation is nothing";
}

TEST(DenseScale, LargeStoreIsJudgedByItsOwnChunks) {
  const SimilarityScale model{.unrelated = 0.1, .deviation = 0.1, .related = 0.6};
  const ScoreSample sample{.chunks = 256, .of = 100'000, .mean = 0.3, .deviation = 0.05};
  EXPECT_DOUBLE_EQ(dense_scale(model, sample, 0.7).floor, 0.3);
  EXPECT_EQ(dense_scale(model, sample, 0.7).confidence, 1);
  // The best of 100 000 lies 4.8 deviations above the mean by chance.
  EXPECT_EQ(dense_scale(model, sample, 0.3 + 0.05 * 2).confidence, 0);
}

TEST(DenseScale, LanguageThatTheModelDoesNotKnowHasNoConfidence) {
  const SimilarityScale unknown{.unrelated = 0.4, .deviation = 0.06, .related = 0.41};
  EXPECT_EQ(dense_scale(unknown, {}, 0.9).confidence, 0);
  EXPECT_FALSE(dense_scale(unknown, {}, 0.9).knows_language);
}

TEST(Relevance, IsAHalfInTheMiddleAndRises) {
  for (const Calibration& curve : {kDenseAlone, kWordsAlone, kBoth}) {
    EXPECT_EQ(relevance(curve.middle, curve), 0.5);
    EXPECT_GE(relevance(0, curve), 0);
    EXPECT_LE(relevance(1, curve), 1);
    EXPECT_LT(relevance(0.3, curve), relevance(0.31, curve));
  }
}

std::vector<Candidate> scored(const std::vector<double>& scores) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    candidates.emplace_back().key.bytes = std::string(1, static_cast<char>('a' + i));
    candidates.back().score = scores[i];
  }
  return candidates;
}

TEST(Rerank, FullWeightOrdersByTheRerankerAlone) {
  auto candidates = scored({0.9, 0.8, 0.7, 0.6});
  apply_rerank_scores(candidates, std::vector{0.1, 0.6, 0.3}, 1);
  EXPECT_EQ(order(candidates), "bcad");
  EXPECT_EQ(candidates[0].score, 0.6);
  EXPECT_EQ(candidates[2].score, 0.1);
  EXPECT_EQ(candidates[3].score, 0.1) << "not above a candidate before it";
  EXPECT_EQ(candidates[0].rerank_score, 0.6);
  EXPECT_FALSE(candidates[3].rerank_score);
}

TEST(Rerank, SmallWeightDecidesBetweenCloseCandidatesOnly) {
  auto candidates = scored({0.90, 0.89, 0.5});
  apply_rerank_scores(candidates, std::vector{0.0, 1.0, 1.0}, 0.1);
  EXPECT_EQ(order(candidates), "bac");
  EXPECT_DOUBLE_EQ(candidates[0].score, 0.9 * 0.89 + 0.1);
}

TEST(Rerank, EqualScoresKeepTheirOrder) {
  for (const double weight : {0.1, 1.0}) {
    auto candidates = scored({0.5, 0.5, 0.5});
    apply_rerank_scores(candidates, std::vector{0.5, 0.5, 0.5}, weight);
    EXPECT_EQ(order(candidates), "abc");
  }
}

}  // namespace
}  // namespace rappel
