#include "retrieve/fusion.h"

#include <gtest/gtest.h>

#include "retrieve/rerank.h"

namespace rappel {
namespace {

// Signals that exist in this test only; fuse() does not search.
double half(double score) { return score / 2; }
const Signal kHalves{"halves", nullptr, half};
const Signal kWords{"words", nullptr, half};

SignalHits found_by(const Signal& signal, const std::vector<std::pair<std::string, float>>& hits) {
  SignalHits found{&signal, {}};
  for (const auto& [key, score] : hits) found.hits.push_back({{key}, score});
  return found;
}

SignalHits dense(std::vector<std::pair<std::string, float>> hits) {
  return found_by(query_signals()[0], std::move(hits));
}

std::string order(const std::vector<Candidate>& candidates) {
  std::string out;
  for (const Candidate& candidate : candidates) out += candidate.key.bytes;
  return out;
}

TEST(ReciprocalRank, IsOneForFirstByEveryRanking) {
  const auto score = [](const std::vector<std::size_t>& ranks) { return reciprocal_rank_score(ranks); };
  EXPECT_EQ(score({1}), 1.0);
  EXPECT_EQ(score({1, 1}), 1.0);
  EXPECT_DOUBLE_EQ(score({2, 1}), (1.0 / 12 + 1.0 / 11) / (2.0 / 11));
  EXPECT_DOUBLE_EQ(score({1, 0}), 0.5) << "not found by the second";
  EXPECT_EQ(score({0, 0}), 0.0);
}

TEST(Fusion, OneSignalKeepsItsOrderAndItsClampedScores) {
  const SignalHits found[] = {dense({{"a", 1.0000001f}, {"b", 0.5f}, {"c", -0.25f}})};
  const auto candidates = fuse(found, 10);
  ASSERT_EQ(order(candidates), "abc");
  EXPECT_EQ(candidates[0].score, 1.0);
  EXPECT_EQ(candidates[1].score, 0.5);
  EXPECT_EQ(candidates[2].score, 0.0);
  EXPECT_EQ(candidates[2].signals[0].rank, 3u);
  EXPECT_EQ(candidates[2].signals[0].score, -0.25);
}

TEST(Fusion, OneSignalIsScoredByItsOwnFunction) {
  const SignalHits found[] = {found_by(kHalves, {{"a", 1.8f}, {"b", 0.5f}})};
  const auto candidates = fuse(found, 10);
  ASSERT_EQ(order(candidates), "ab");
  EXPECT_EQ(candidates[0].score, double{1.8f} / 2);
  EXPECT_EQ(candidates[1].score, 0.25);
}

// Scores of different scales: only ranks count.
TEST(Fusion, SeveralSignalsAreFusedByReciprocalRank) {
  const SignalHits found[] = {found_by(kHalves, {{"a", 0.9f}, {"b", 0.8f}, {"c", -0.7f}}),
                              found_by(kWords, {{"c", 31.5f}, {"d", 12.0f}, {"b", 11.0f}})};
  const auto candidates = fuse(found, 10);
  ASSERT_EQ(order(candidates), "cbad");
  const double best = 2.0 / 11;
  EXPECT_DOUBLE_EQ(candidates[0].score, (1.0 / 13 + 1.0 / 11) / best);
  EXPECT_DOUBLE_EQ(candidates[1].score, (1.0 / 12 + 1.0 / 13) / best);
  EXPECT_DOUBLE_EQ(candidates[2].score, (1.0 / 11) / best);
  EXPECT_DOUBLE_EQ(candidates[3].score, (1.0 / 12) / best);
  ASSERT_EQ(candidates[0].signals.size(), 2u);
  EXPECT_EQ(candidates[0].signals[0].rank, 3u);
  EXPECT_EQ(candidates[0].signals[0].score, double{-0.7f});
  EXPECT_EQ(candidates[0].signals[1].rank, 1u);
  EXPECT_EQ(candidates[0].signals[1].score, 31.5);
  EXPECT_EQ(candidates[2].signals[1].rank, 0u) << "not found by the second";
  EXPECT_EQ(order(fuse(found, 3)), "cba");
}

TEST(Fusion, EqualRanksKeepTheOrderOfTheFirstSignal) {
  const SignalHits found[] = {found_by(kHalves, {{"a", 0.9f}, {"b", 0.8f}}),
                              found_by(kWords, {{"b", 2.0f}, {"a", 1.0f}})};
  const auto candidates = fuse(found, 10);
  EXPECT_EQ(order(candidates), "ab");
  EXPECT_EQ(candidates[0].score, candidates[1].score);
}

TEST(Fusion, ASignalWithoutHitsStillCounts) {
  const SignalHits found[] = {found_by(kHalves, {{"a", 0.9f}, {"b", 0.8f}}), found_by(kWords, {})};
  const auto candidates = fuse(found, 10);
  ASSERT_EQ(order(candidates), "ab");
  EXPECT_DOUBLE_EQ(candidates[0].score, 0.5);
}

TEST(Fusion, LimitAndEmptyInput) {
  const SignalHits found[] = {dense({{"a", 0.9f}, {"b", 0.5f}, {"c", 0.4f}})};
  EXPECT_EQ(order(fuse(found, 2)), "ab");
  EXPECT_TRUE(fuse({}, 2).empty());
  const SignalHits none[] = {dense({})};
  EXPECT_TRUE(fuse(none, 2).empty());
}

// Candidates a..e with scores 0.9, 0.8, ..
std::vector<Candidate> five() {
  std::vector<Candidate> candidates;
  for (int i = 0; i < 5; ++i) {
    candidates.emplace_back().key.bytes = std::string(1, static_cast<char>('a' + i));
    candidates.back().score = 0.9 - 0.1 * i;
  }
  return candidates;
}

TEST(RerankScores, ReplaceOrdersByScoreAndKeepsTies) {
  auto candidates = five();
  const double scores[] = {0.1, 0.7, 0.7, 0.2, 0.9};
  apply_rerank_scores(candidates, scores, RerankMode::kReplace);
  EXPECT_EQ(order(candidates), "ebcda");
  EXPECT_EQ(candidates[0].score, 0.9);
  EXPECT_EQ(candidates[4].score, 0.1);
}

TEST(RerankScores, BlendIsReciprocalRankFusionOfBothOrders) {
  auto candidates = five();
  const double scores[] = {0.2, 0.1, 0.3, 0.05, 0.01};  // reranker's order: c a b d e
  apply_rerank_scores(candidates, scores, RerankMode::kBlend);
  EXPECT_EQ(order(candidates), "acbde");
  EXPECT_DOUBLE_EQ(candidates[0].score, (1.0 / 11 + 1.0 / 12) / (2.0 / 11));
  EXPECT_DOUBLE_EQ(candidates[1].score, (1.0 / 13 + 1.0 / 11) / (2.0 / 11));
  EXPECT_DOUBLE_EQ(candidates[4].score, (1.0 / 15 + 1.0 / 15) / (2.0 / 11));
}

TEST(RerankScores, CandidatesWithoutAScoreStayAfterTheOthers) {
  for (const RerankMode mode : {RerankMode::kReplace, RerankMode::kBlend}) {
    auto candidates = five();
    const double scores[] = {0.2, 0.4};
    apply_rerank_scores(candidates, scores, mode);
    EXPECT_EQ(order(candidates).substr(2), "cde");
    for (std::size_t i = 1; i < candidates.size(); ++i)
      EXPECT_LE(candidates[i].score, candidates[i - 1].score);
    EXPECT_DOUBLE_EQ(candidates[2].score, 0.7 * candidates[1].score);
  }
}

}  // namespace
}  // namespace rappel
