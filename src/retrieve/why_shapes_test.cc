// The reasons of why() that come from the shape of an answer, and its counts of what each stage dropped.
#include <gtest/gtest.h>

#include <map>

#include "retrieve/test_shaped_queries.h"
#include "retrieve/why.h"

namespace rappel {
namespace {

class WhyShapesTest : public ShapedQueries {
 protected:
  WhyAnswer why_not(const QueryInput& query, const std::string& id) {
    const QueryParts parts{
        .store = store_, .embedder = embedder_, .scales = scales_, .options = options_, .pages = &pages_};
    auto answer = why(parts, {query, id}, {});
    EXPECT_TRUE(answer.ok()) << answer.status().to_string();
    return answer.ok() ? *std::move(answer) : WhyAnswer();
  }
  // "collapsed 2 near-duplicate 1 ", in the order of the stages.
  std::string drops(QueryInput query) {
    query.explain = true;
    const QueryOutput output = ask(query);
    std::string out;
    for (const DropCount& drop : dropped(*output.explanation))
      out += std::string(drop.reason->name) + " " + std::to_string(drop.count) + " ";
    return out;
  }
};

TEST_F(WhyShapesTest, CollapseNamesTheChunkThatStandsForTheDocument) {
  store({{"a", {"one", "two"}}, {"b", {"three"}}});
  const QueryInput query{.text = "q", .top_k = 3, .shape = {.collapse = true}};
  const WhyAnswer answer = why_not(query, "a_1");
  EXPECT_EQ(answer.reason, WhyReason::kCollapsed);
  EXPECT_EQ(answer.result_id, "a_0");
  EXPECT_EQ(answer.chunk_id, "a_1");
  EXPECT_EQ(
      answer.sentence,
      "there is one result for each document, and another chunk of its document comes first: a_0, at place "
      "1");
  EXPECT_EQ(why_not(query, "a").reason, WhyReason::kInAnswer) << "by its other chunk";
  EXPECT_EQ(why_not(query, "a_0").place, 1u);
  EXPECT_EQ(why_not(query, "a_2").reason, WhyReason::kNotStored);
  EXPECT_EQ(why_not(query, "a_01").reason, WhyReason::kNotStored) << "no chunk has such an id";
  EXPECT_EQ(drops(query), "collapsed 1 ");
}

TEST_F(WhyShapesTest, NearDuplicateNamesTheResultThatStandsForIt) {
  store({{"a", {"the same"}}, {"b", {"the same", "another"}}, {"c", {"third"}}});
  const QueryInput query{.text = "q", .top_k = 1, .shape = {.fold_duplicates = true}};
  const WhyAnswer answer = why_not(query, "b");
  EXPECT_EQ(answer.reason, WhyReason::kNearDuplicate) << "its best chunk";
  EXPECT_EQ(answer.result_id, "a_0");
  EXPECT_EQ(answer.chunk_id, "b_0");
  EXPECT_EQ(why_not(query, "b_1").reason, WhyReason::kBehindDepth);
  EXPECT_EQ(drops(query), "behind-depth 2 near-duplicate 1 ");
}

TEST_F(WhyShapesTest, DuplicateOfAChunkThatIsLeftOutSaysSo) {
  store({{"top", {"first"}}, {"a", {"the same"}}, {"b", {"the same"}}});
  const double score = ask({.text = "q", .top_k = 3}).results[1].score;
  const QueryInput query{
      .text = "q", .top_k = 3, .min_score = score + 1e-9, .shape = {.fold_duplicates = true}};
  const WhyAnswer answer = why_not(query, "b");
  EXPECT_EQ(answer.reason, WhyReason::kNearDuplicate);
  EXPECT_EQ(answer.sentence,
            "a chunk of nearly the same text stands for it: a_0, which is not in the answer itself "
            "(below-min-score)");
  EXPECT_EQ(drops(query), "near-duplicate 1 below-min-score 1 ");
}

TEST_F(WhyShapesTest, NeighborIsWithinTheTextOfAnotherResult) {
  store({{"a", {"one", "two", "three"}}, {"b", {"four"}}});
  const QueryInput query{.text = "q", .top_k = 2, .shape = {.neighbors = 1}};
  const WhyAnswer answer = why_not(query, "a_1");
  EXPECT_EQ(answer.reason, WhyReason::kOtherSection);
  EXPECT_EQ(answer.result_id, "a_0");
  EXPECT_EQ(why_not(query, "a_2").place, 2u) << "the neighbor of no result";
  EXPECT_EQ(drops(query), "other-section 1 behind-top-k 1 ");
}

TEST_F(WhyShapesTest, DiversityNamesTheResultThatIsMostAlike) {
  store({{"a", {"the same"}}, {"b", {"the same"}}, {"c", {"other"}}, {"d", {"fourth"}}});
  QueryInput query{.text = "q", .top_k = 2};
  EXPECT_EQ(why_not(query, "b").place, 2u);
  query.shape.diversity = 0.9;
  EXPECT_EQ(ids(ask(query)), "a_0 c_0 ");
  const WhyAnswer answer = why_not(query, "b");
  EXPECT_EQ(answer.reason, WhyReason::kDiversity);
  EXPECT_EQ(answer.result_id, "a_0");
  EXPECT_EQ(answer.explanation->rank, 2u);
  EXPECT_EQ(why_not(query, "d").reason, WhyReason::kBehindTopK);
  EXPECT_EQ(drops(query), "diversity 1 behind-top-k 1 ");
}

TEST_F(WhyShapesTest, BudgetOfTheAnswerLeavesNoRoom) {
  store({{"a", {"12345"}}, {"b", {"12345"}}, {"c", {"12345"}}});
  QueryInput query{.text = "q", .top_k = 3, .shape = {.max_chars = 12}};
  const WhyAnswer answer = why_not(query, "c");
  EXPECT_EQ(answer.reason, WhyReason::kAnswerBudget);
  EXPECT_EQ(answer.place, 3u);
  EXPECT_EQ(why_not(query, "b").reason, WhyReason::kInAnswer);
  EXPECT_EQ(drops(query), "answer-budget 1 ");
  query.cursor = kFirstPage;
  query.top_k = 2;
  query.shape.max_chars = 7;
  EXPECT_EQ(why_not(query, "b").reason, WhyReason::kAnswerBudget);
  EXPECT_EQ(why_not(query, "c").reason, WhyReason::kLaterPage);
  EXPECT_EQ(drops(query), "later-page 1 answer-budget 1 ");
}

TEST_F(WhyShapesTest, EveryCandidateIsAResultOrDropped) {
  store({{"a", {"one", "two", "three", "the same"}}, {"b", {"the same", "four"}}, {"c", {"five", "six"}}});
  for (const bool collapse : {false, true})
    for (const bool fold : {false, true})
      for (const std::size_t neighbors : {0, 1})
        for (const std::size_t top_k : {1, 2, 5, 10}) {
          const QueryInput query{.text = "q",
                                 .top_k = top_k,
                                 .shape = {.neighbors = neighbors,
                                           .diversity = 0.5,
                                           .collapse = collapse,
                                           .fold_duplicates = fold},
                                 .explain = true};
          const QueryOutput output = ask(query);
          std::size_t sum = output.results.size();
          for (const DropCount& drop : dropped(*output.explanation)) sum += drop.count;
          EXPECT_EQ(sum, output.explanation->found) << collapse << fold << neighbors << " " << top_k;
          for (const ScoredChunk& result : output.results) {
            const auto* const found = find_explained(*output.explanation, result.chunk.id);
            ASSERT_NE(found, nullptr);
            EXPECT_EQ(found->fate, WhyReason::kInAnswer);
            EXPECT_EQ(found->place, static_cast<std::size_t>(&result - output.results.data()) + 1);
          }
        }
}

}  // namespace
}  // namespace rappel
