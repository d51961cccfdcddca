// Explanations: the time of each stage, ColBERT, and candidates that the reranker had no time for.
#include "retrieve/explain.h"

#include <gtest/gtest.h>

#include <cmath>

#include "embed/test_embedder.h"
#include "retrieve/rerank_pace.h"
#include "retrieve/why.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class ExplainTest : public testing::Test {
 protected:
  // d0, d1, .. ever farther from the query.
  void SetUp() override {
    std::vector<NewDocument> documents;
    for (int i = 0; i < 6; ++i) {
      const float cosine = 1 - static_cast<float>(i) / 20;
      const std::string number = std::to_string(i);
      NewDocument& document = documents.emplace_back();
      document.id = "d" + number;
      document.chunks.push_back({"text " + number, 0, 6, {cosine, std::sqrt(1 - cosine * cosine)}});
    }
    ASSERT_TRUE(store_.upsert(std::move(documents)).ok());
  }
  QueryParts parts() {
    return {.store = store_,
            .embedder = embedder_,
            .scales = scales_,
            .reranker = with_reranker_ ? &reranker_ : nullptr,
            .options = options_,
            .pace = &pace_};
  }
  QueryOutput ask(QueryInput query) {
    query.explain = true;
    auto outputs = answer_queries(parts(), {&query, 1}, {});
    EXPECT_TRUE(outputs.ok()) << outputs.status().to_string();
    return outputs.ok() ? std::move((*outputs)[0]) : QueryOutput();
  }

  TestStore store_{2};
  TestEmbedder embedder_{2};
  TestReranker reranker_;
  SimilarityScales scales_{SimilarityScale{.unrelated = 0, .deviation = 0.1, .related = 0.4}};
  RetrievalOptions options_{.mode = SearchMode::kDense};
  bool with_reranker_ = true;
  double now_ = 0;  // milliseconds
  RerankPace pace_{[this] { return now_; }};
};

TEST_F(ExplainTest, EachStageHasItsTime) {
  embedder_.during = [this] { now_ += 3; };
  reranker_.during = [this] { now_ += 40; };
  const QueryOutput output = ask({"q", {}, 2});
  EXPECT_EQ(output.times.embed, 3);
  EXPECT_EQ(output.times.rerank, 40);
  EXPECT_EQ(output.times.first_stages(), 0) << "the clock stood still";
  EXPECT_EQ(output.times.total(), 43);
}

TEST_F(ExplainTest, TimesOfTheRealClockAreMeasuredForEachSignal) {
  options_.mode = SearchMode::kHybrid;
  QueryParts real = parts();
  real.pace = nullptr;
  const QueryInput query{.text = "text 1", .top_k = 2, .explain = true};
  const auto outputs = answer_queries(real, {&query, 1}, {});
  ASSERT_TRUE(outputs.ok());
  const QueryOutput& output = (*outputs)[0];
  double signals = 0;
  for (const ExplainedSignal& signal : output.explanation->signals) {
    EXPECT_GT(signal.milliseconds, 0) << signal.signal;
    signals += signal.milliseconds;
  }
  EXPECT_LE(signals, output.times.search);
  for (const double time : {output.times.embed, output.times.fusion, output.times.load, output.times.rerank,
                            output.times.presentation})
    EXPECT_GT(time, 0);
  EXPECT_EQ(output.times.colbert, 0) << "another mode";
}

TEST_F(ExplainTest, ColbertHasScoreAndRankOrAReason) {
  with_reranker_ = false;
  options_.rerank_candidates = 3;
  const QueryInput query{.text = "q", .top_k = 2, .mode = SearchMode::kBgeM3};
  const auto reason = [](const QueryOutput& output) {
    for (const LackingSignal& one : output.explanation->lacking)
      if (one.signal == "colbert") return std::string(one.reason);
    return std::string();
  };
  QueryOutput output = ask(query);
  EXPECT_EQ(reason(output), "the model has no ColBERT head");
  EXPECT_FALSE(output.results[0].explanation->colbert_score);
  embedder_.token_dimension = 2;
  output = ask(query);
  EXPECT_EQ(reason(output), "");
  const auto& candidates = output.explanation->candidates;
  ASSERT_EQ(candidates.size(), 3u);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    EXPECT_EQ(candidates[i].explanation.colbert_score, 0.5) << "all tokens are {0.5, 0.5}";
    EXPECT_EQ(candidates[i].explanation.colbert_rank, i + 1);
  }
  EXPECT_EQ(reason(ask({.text = "q", .mode = SearchMode::kDense})), "") << "the mode has no ColBERT";
}

TEST_F(ExplainTest, RankByTheRerankerIsAmongThoseThatItRead) {
  options_.rerank_candidates = 4;
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 1" ? 0.9 : 0.6;
  };
  const auto candidates = ask({.text = "q", .top_k = 2, .rerank_depth = 3}).explanation->candidates;
  ASSERT_EQ(candidates.size(), 4u);
  EXPECT_EQ(candidates[0].document_id, "d1");
  EXPECT_EQ(candidates[0].explanation.rerank_rank, 1u);
  EXPECT_EQ(candidates[2].explanation.rerank_rank, 3u);
  EXPECT_EQ(candidates[3].explanation.rerank_rank, 0u);
}

TEST_F(ExplainTest, BudgetOfTheRerankerThatDecidesIsTheReason) {
  options_.rerank_candidates = 5;
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 3" ? 0.9 : passage == "text 4" ? 0.1 : 0.5;
  };
  pace_.measured(1, 10);
  reranker_.during = [this] { now_ += 30; };
  QueryInput query{.text = "q", .top_k = 2, .rerank_budget = 30};
  const QueryOutput output = ask(query);
  EXPECT_EQ(output.explanation->reranked, 3u);
  EXPECT_EQ(output.explanation->unread, 2u);
  const auto reason = [&](const char* id) { return *why(parts(), {query, id}, {}); };
  const WhyAnswer late = reason("d3");
  EXPECT_EQ(late.reason, WhyReason::kRerankLate);
  EXPECT_EQ(late.score, 0.9);
  EXPECT_EQ(late.explanation->rerank_score, 0.9);
  EXPECT_EQ(
      late.sentence,
      "the reranker had time for 3 of 5 candidates, and not for it; with the reranker its score would be "
      "0.9000, and 0.5000 is needed");
  EXPECT_EQ(reason("d4").reason, WhyReason::kBehindTopK) << "the reranker would not have helped it";
  EXPECT_EQ(reason("d2").reason, WhyReason::kBehindTopK) << "it was read";
  EXPECT_EQ(reason("d5").reason, WhyReason::kBehindDepth);
  query.rerank_budget = 0;
  EXPECT_EQ(reason("d3").reason, WhyReason::kInAnswer);
}

}  // namespace
}  // namespace rappel
