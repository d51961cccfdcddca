#include "retrieve/why.h"

#include <gtest/gtest.h>

#include <cmath>

#include "embed/test_embedder.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class WhyTest : public testing::Test {
 protected:
  // d000, d001, .. ever farther from the query; even ones are by Al, odd ones by Bo.
  void SetUp() override {
    std::vector<NewDocument> documents;
    for (int i = 0; i < 120; ++i) {
      const std::string number = (i < 10 ? "00" : i < 100 ? "0" : "") + std::to_string(i);
      const float cosine = 1 - static_cast<float>(i) / 200;
      NewDocument document{
          "d" + number, {}, {{"text " + number, 0, 8, {cosine, std::sqrt(1 - cosine * cosine)}}}};
      document.metadata.author = i % 2 == 0 ? "Al" : "Bo";
      document.metadata.custom["number"] = std::int64_t{i};
      documents.push_back(std::move(document));
    }
    ASSERT_TRUE(store_.upsert(std::move(documents)).ok());
  }
  WhyAnswer ask(QueryInput query, const std::string& id) {
    const QueryParts parts{.store = store_,
                           .embedder = embedder_,
                           .scales = scales_,
                           .reranker = with_reranker_ ? &reranker_ : nullptr,
                           .options = options_};
    auto answer = why(parts, {std::move(query), id}, {});
    EXPECT_TRUE(answer.ok()) << answer.status().to_string();
    return answer.ok() ? *std::move(answer) : WhyAnswer();
  }

  TestStore store_{2};
  TestEmbedder embedder_{2};
  TestReranker reranker_;
  SimilarityScales scales_{SimilarityScale{.unrelated = 0, .deviation = 0.1, .related = 0.4}};
  RetrievalOptions options_{.mode = SearchMode::kDense};
  bool with_reranker_ = false;
};

TEST_F(WhyTest, DocumentInTheAnswerHasItsPlace) {
  const WhyAnswer answer = ask({"q", {}, 3}, "d001");
  EXPECT_EQ(answer.reason, WhyReason::kInAnswer);
  EXPECT_EQ(answer.place, 2u);
  EXPECT_EQ(answer.chunk_id, "d001_0");
  ASSERT_TRUE(answer.explanation.has_value());
  EXPECT_EQ(answer.explanation->signals[0].rank, 2u);
}

TEST_F(WhyTest, UnknownDocumentIsNotStored) {
  EXPECT_EQ(ask({"q", {}, 3}, "other").reason, WhyReason::kNotStored);
}

TEST_F(WhyTest, LaterPageIsRefusedAndTheFirstOneKnowsThePlace) {
  QueryInput query{"q", {}, 3};
  query.cursor = kFirstPage;
  const WhyAnswer answer = ask(query, "d010");
  EXPECT_EQ(answer.reason, WhyReason::kLaterPage);
  EXPECT_EQ(answer.place, 11u);
  query.cursor = "a later page";
  const QueryParts parts{.store = store_, .embedder = embedder_, .scales = scales_, .options = options_};
  EXPECT_EQ(why(parts, {query, "d010"}, {}).status().code(), Code::kInvalidArgument);
}

TEST_F(WhyTest, SmallestFailingConditionIsNamed) {
  const Filter filter = Filter::both_of(
      {Filter::equals("author", std::string("Bo")),
       Filter::both_of({Filter::exists("number", true),
                        Filter::compare(Filter::Op::kGreaterOrEqual, "number", std::int64_t{10})})});
  const WhyAnswer answer = ask({"q", filter, 3}, "d003");
  ASSERT_EQ(answer.reason, WhyReason::kFiltered);
  EXPECT_EQ(condition_text(answer.failed->condition), "number gte 10");
  EXPECT_EQ(answer.failed->has, MetadataValue(std::int64_t{3}));
  EXPECT_EQ(condition_text(ask({"q", filter, 3}, "d002").failed->condition), "author eq \"Bo\"");
  const Filter either = Filter::either_of(
      {Filter::equals("author", std::string("Cy")), Filter::negation(Filter::exists("number", true))});
  EXPECT_EQ(ask({"q", either, 3}, "d002").sentence,
            "the filter leaves it out: (author eq \"Cy\" or not (number exists))");
  const WhyAnswer missing = ask({"q", Filter::equals("team", std::string("x")), 3}, "d002");
  EXPECT_EQ(missing.sentence, "the filter leaves it out: team eq \"x\", and the document has no such key");
}

TEST_F(WhyTest, DocumentBehindTheDepthHasItsRankAndWhatItWouldScore) {
  const WhyAnswer answer = ask({"q", {}, 3}, "d100");
  ASSERT_EQ(answer.reason, WhyReason::kBehindDepth);
  ASSERT_TRUE(answer.explanation.has_value());
  EXPECT_EQ(answer.explanation->signals[0].rank, 101u);
  EXPECT_EQ(answer.explanation->fused_rank, 101u);
  EXPECT_LT(*answer.score, *answer.needed);
  const WhyAnswer all = ask({"q", {}, 120}, "d100");
  EXPECT_EQ(all.score, answer.score) << "the score that it has in a longer answer";
}

TEST_F(WhyTest, RerankerJudgesADocumentThatItDidNotRead) {
  with_reranker_ = true;
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 100" ? 0.9 : 0.4;
  };
  const WhyAnswer answer = ask({"q", {}, 2}, "d100");
  ASSERT_EQ(answer.reason, WhyReason::kBehindDepth);
  EXPECT_EQ(answer.score, 0.9);
  EXPECT_EQ(answer.needed, 0.4);
  const WhyAnswer read = ask({"q", {}, 2}, "d004");
  EXPECT_EQ(read.reason, WhyReason::kBehindTopK);
  EXPECT_EQ(read.explanation->rank, 5u);
  EXPECT_EQ(read.explanation->rerank_score, 0.4);
}

TEST_F(WhyTest, MinScoreIsToldWithTheScore) {
  const double score = *ask({"q", {}, 120}, "d100").score;
  const WhyAnswer answer = ask({.text = "q", .top_k = 120, .min_score = score + 0.01}, "d100");
  EXPECT_EQ(answer.reason, WhyReason::kBelowMinScore);
  EXPECT_EQ(answer.score, score);
  EXPECT_EQ(answer.needed, score + 0.01);
}

TEST_F(WhyTest, DocumentWithoutAWordOfTheQueryIsNotFoundByWords) {
  const WhyAnswer answer = ask({.text = "004", .top_k = 3, .mode = SearchMode::kLexical}, "d005");
  EXPECT_EQ(answer.reason, WhyReason::kNotFound);
  EXPECT_EQ(answer.chunk_id, "");
}

}  // namespace
}  // namespace rappel
