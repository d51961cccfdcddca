// The plan of a query with numbers instead of models.
#include "retrieve/query.h"

#include <gtest/gtest.h>
#include <cmath>

#include <optional>
#include <span>
#include <stop_token>

#include "base/log.h"
#include "embed/test_embedder.h"
#include "retrieve/rerank.h"
#include "retrieve/rerank_pace.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class QueryTest : public testing::Test {
 protected:
  // Documents d00, d01, .. with the text "text 00" .., ever farther from the query.
  void store_documents(int count) {
    std::vector<NewDocument> documents;
    for (int i = 0; i < count; ++i) {
      const std::string number = (i < 10 ? "00" : i < 100 ? "0" : "") + std::to_string(i);
      const float cosine = 1 - static_cast<float>(i) / 200;
      documents.push_back(
          {"d" + number, {}, {{"text " + number, 0, 8, {cosine, std::sqrt(1 - cosine * cosine)}}}});
    }
    ASSERT_TRUE(store_.upsert(std::move(documents)).ok());
  }
  Result<std::vector<QueryOutput>> ask(const std::vector<QueryInput>& queries, const CallContext& call = {}) {
    const QueryParts parts{.store = store_,
                           .embedder = embedder_,
                           .scales = scales_,
                           .reranker = with_reranker_ ? &reranker_ : nullptr,
                           .options = options_,
                           .logger = logger_.get(),
                           .pace = &pace_};
    return answer_queries(parts, queries, {call, memory_});
  }
  static std::string ids(const QueryOutput& output) {
    std::string out;
    for (const ScoredChunk& result : output.results) out += result.chunk.document_id + " ";
    return out;
  }

  TestStore store_{2};
  TestEmbedder embedder_{2};
  TestReranker reranker_;
  // A made-up model: unrelated texts have a cosine of 0.
  SimilarityScales scales_{SimilarityScale{.unrelated = 0, .deviation = 0.1, .related = 0.4}};
  RetrievalOptions options_{.mode = SearchMode::kDense};
  bool with_reranker_ = true;
  ByteHold* memory_ = nullptr;
  double now_ = 0;  // milliseconds
  RerankPace pace_{[this] { return now_; }};
  std::string log_;
  std::unique_ptr<Logger> logger_ = Logger::to_string(&log_);
};

TEST_F(QueryTest, MoreResultsDoNotChangeTheFirstOnes) {
  store_documents(100);
  with_reranker_ = false;
  options_.mode = SearchMode::kHybrid;
  const auto outputs = ask({{"text 004", {}, 4}, {"text 004", {}, 90}, {"text 004", {}, std::nullopt}});
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ((*outputs)[0].results.size(), 4u);
  EXPECT_EQ((*outputs)[1].results.size(), 90u);
  EXPECT_EQ((*outputs)[2].results.size(), 3u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ((*outputs)[0].results[i].chunk.id, (*outputs)[1].results[i].chunk.id);
    EXPECT_EQ((*outputs)[0].results[i].score, (*outputs)[1].results[i].score);
  }
  EXPECT_FALSE((*outputs)[0].reranked);
  EXPECT_EQ(store_.depths[0], 50u) << "of each signal";
}

TEST_F(QueryTest, MinScoreLeavesOutWhatIsBelow) {
  store_documents(40);
  with_reranker_ = false;
  const auto all = ask({{"q", {}, 40}});
  ASSERT_TRUE(all.ok());
  const double bound = (*all)[0].results[20].score;
  const auto best = ask({{.text = "q", .top_k = 40, .min_score = bound}});
  ASSERT_TRUE(best.ok());
  EXPECT_EQ((*best)[0].results.size(), 21u);
  EXPECT_TRUE((*best)[0].answerable);
}

TEST_F(QueryTest, TextOfWhichTheStoreHasNothingIsNotAnswerable) {
  with_reranker_ = false;
  const auto chunk = [](const char* id, std::vector<float> vector) {
    return NewDocument{id, {}, {{id, 0, 1, std::move(vector)}}};
  };
  ASSERT_TRUE(store_.upsert({chunk("rope", {0, 1}), chunk("rock", {-0.1f, 0.99f})}).ok());
  for (const SearchMode mode : {SearchMode::kHybrid, SearchMode::kDense, SearchMode::kLexical}) {
    const auto outputs = ask({{.text = "otters swim", .top_k = 2, .mode = mode}});
    ASSERT_TRUE(outputs.ok());
    EXPECT_FALSE((*outputs)[0].answerable);
  }
  EXPECT_TRUE((*ask({{.text = "rope", .mode = SearchMode::kLexical}}))[0].answerable);
}

TEST_F(QueryTest, BothModelsKnowTheCaller) {
  store_documents(3);
  ASSERT_TRUE(ask({{"q", {}, 2}}, {{}, 7}).ok());
  EXPECT_EQ(embedder_.flows, std::vector<FlowId>{7});
  EXPECT_EQ(reranker_.flows, std::vector<FlowId>{7});
}

TEST_F(QueryTest, RerankerSeesRerankKCandidatesAndAtLeastTopK) {
  store_documents(10);
  options_.rerank_candidates = 5;
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 004" ? 0.9 : 0.1;
  };
  const auto outputs = ask({{"q", {}, 2}});
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(ids((*outputs)[0]), "d004 d000 ");
  EXPECT_TRUE((*outputs)[0].reranked);
  ASSERT_TRUE(ask({{"q", {}, 8}}).ok());
  EXPECT_EQ(reranker_.calls[0][0].passages.size(), 5u);
  EXPECT_EQ(reranker_.calls[1][0].passages.size(), 8u);
}

TEST_F(QueryTest, CandidatesAfterTheRerankDepthKeepTheirOrder) {
  store_documents(6);
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 001" ? 0.9 : passage == "text 004" ? 1.0 : 0.1;
  };
  const auto outputs = ask({{.text = "q", .top_k = 6, .rerank_depth = 2}});
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(reranker_.calls[0][0].passages.size(), 2u);
  EXPECT_EQ(ids((*outputs)[0]), "d001 d000 d002 d003 d004 d005 ");
}

TEST_F(QueryTest, LexicalSignalNeedsNoEmbedding) {
  store_documents(6);
  with_reranker_ = false;
  options_.mode = SearchMode::kLexical;
  const auto outputs = ask({{"004", {}, 3}, {"nowhere", {}, 3}});
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(embedder_.calls, 0);
  EXPECT_EQ(ids((*outputs)[0]), "d004 ");
  EXPECT_GT((*outputs)[0].results[0].score, 0);
  EXPECT_LT((*outputs)[0].results[0].score, 1);
  EXPECT_TRUE((*outputs)[1].results.empty());
}

TEST_F(QueryTest, QueriesOfARequestAreRerankedByOneCall) {
  store_documents(6);
  reranker_.score = [](const std::string& query, const std::string& passage) {
    return passage.ends_with(query) ? 1.0 : 0.25;
  };
  const auto outputs = ask({{"3", {}, 1}, {"nothing", Filter::document("none"), 1}, {"2", {}, 2}});
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(ids((*outputs)[0]), "d003 ");
  EXPECT_EQ(ids((*outputs)[1]), "");
  EXPECT_FALSE((*outputs)[1].reranked);
  EXPECT_EQ(ids((*outputs)[2]), "d002 d000 ");
  ASSERT_EQ(reranker_.calls.size(), 1u);
  ASSERT_EQ(reranker_.calls[0].size(), 2u) << "a query without candidates has nothing to rerank";
  EXPECT_EQ(reranker_.calls[0][1].query, "2");
  EXPECT_EQ(embedder_.calls, 1);
}

TEST_F(QueryTest, EachSignalFindsWhatTheOthersMiss) {
  const auto one_chunk = [](const char* id, const char* text, std::vector<float> vector) {
    return NewDocument{id, {}, {{text, 0, 1, std::move(vector)}}};
  };
  ASSERT_TRUE(store_
                  .upsert({one_chunk("near", "a paraphrase", {1, 0}), one_chunk("code", "ERR-4012", {0, 1}),
                           one_chunk("other", "rope and rock", {0, 1})})
                  .ok());
  with_reranker_ = false;
  options_.mode = SearchMode::kHybrid;
  const auto outputs =
      ask({{"ERR-4012", {}, 2}, {.text = "ERR-4012", .top_k = 2, .mode = SearchMode::kDense}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().to_string();
  EXPECT_EQ(ids((*outputs)[0]), "code near ");
  EXPECT_EQ(ids((*outputs)[1]), "near code ");
}

TEST_F(QueryTest, ModelWithoutWeightsLacksTheSparseSignal) {
  store_documents(3);
  const QueryInput sparse{.text = "q", .mode = SearchMode::kSparse};
  const Status refused = ask({sparse}).status();
  EXPECT_EQ(refused.code(), Code::kUnsupported);
  EXPECT_NE(refused.message().find("RETRIEVAL_MODE"), std::string::npos);
  EXPECT_TRUE(ask({{.text = "q", .mode = SearchMode::kBgeM3}}).ok());
}

TEST_F(QueryTest, BgeM3ModeReadsVectorsOfTokensOfTheFirstCandidates) {
  store_documents(10);
  with_reranker_ = false;
  options_.rerank_candidates = 4;
  embedder_.token_dimension = 2;
  const auto outputs = ask({{.text = "q", .top_k = 2, .mode = SearchMode::kBgeM3}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().to_string();
  EXPECT_EQ(ids((*outputs)[0]), "d000 d001 ") << "all tokens are equal";
  const int calls = embedder_.calls;
  ASSERT_TRUE(ask({{.text = "q", .top_k = 2}}).ok());
  EXPECT_EQ(embedder_.calls, calls + 1) << "other modes embed the query alone";
}

TEST_F(QueryTest, WeightsOfTokensAreASignal) {
  with_reranker_ = false;
  embedder_.weights = {{7, 0.5f}, {3, 0.25f}};  // of every text; not in order
  NewChunk chunk{"with a", 0, 1, {0, 1}};
  chunk.sparse = {{7, 0.9f}};
  ASSERT_TRUE(store_.upsert({{"a", {}, {chunk}}, {"b", {}, {{"without b", 0, 1, {0, 1}}}}}).ok());
  const auto outputs =
      ask({{.text = "q", .mode = SearchMode::kSparse}, {.text = "q", .mode = SearchMode::kHybrid}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().to_string();
  EXPECT_EQ(ids((*outputs)[0]), "a ");
  EXPECT_EQ(ids((*outputs)[1]), "a b ");
}

TEST_F(QueryTest, RerankerReadsAtMostAHundredCandidates) {
  store_documents(130);
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 099" ? 0.9 : 0.5;
  };
  const auto outputs = ask({{"q", {}, 130}});
  ASSERT_TRUE(outputs.ok());
  const auto& results = (*outputs)[0].results;
  ASSERT_EQ(results.size(), 130u);
  EXPECT_EQ(reranker_.calls[0][0].passages.size(), kMaxReranked);
  EXPECT_EQ(results[0].chunk.document_id, "d099");
  EXPECT_EQ(results[100].chunk.document_id, "d100");
  for (std::size_t i = 1; i < results.size(); ++i) EXPECT_LE(results[i].score, results[i - 1].score);
}

TEST_F(QueryTest, FailingRerankerReturnsTheFirstStagesOrder) {
  store_documents(6);
  reranker_.failure = Status(Code::kUnavailable, "the device is lost");
  const auto outputs = ask({{"q", {}, 2}, {"r", {}, 1}});
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(ids((*outputs)[0]), "d000 d001 ");
  EXPECT_EQ(ids((*outputs)[1]), "d000 ");
  EXPECT_FALSE((*outputs)[0].reranked || (*outputs)[1].reranked);
  EXPECT_NE(log_.find("reranking failed"), std::string::npos);
  EXPECT_NE(log_.find("the device is lost"), std::string::npos);
}

// The document's metadata is written with each of its chunks, so a short query may have a huge answer.
TEST_F(QueryTest, AnswerBeyondItsLimitIsRefusedBeforeReranking) {
  NewDocument document{"d", {}, {}};
  document.metadata.author = std::string(10'000, 'A');
  for (int i = 0; i < 50; ++i) document.chunks.push_back({"text", 0, 4, {1, 0}});
  ASSERT_TRUE(store_.upsert({document}).ok());
  ByteHold hold(nullptr, "", 100'000);
  memory_ = &hold;
  const auto refused = ask({{"q", {}, 50}});
  EXPECT_EQ(refused.status().id(), "answer-too-large");
  EXPECT_NE(refused.status().message().find("ask for fewer queries at once or a lower top_k"),
            std::string::npos);
  EXPECT_TRUE(reranker_.calls.empty());
  hold.release();
  EXPECT_TRUE(ask({{"q", {}, 5}}).ok());
  hold.release();
  EXPECT_EQ(ask(std::vector<QueryInput>(10, {"q", {}, 5})).status().id(), "answer-too-large");
}

TEST_F(QueryTest, ChunksAreCountedAsTheyAreRead) {
  store_documents(100);
  with_reranker_ = false;
  ByteHold hold(nullptr, "", 5000);
  memory_ = &hold;
  EXPECT_EQ(ask({{"q", {}, 100}}).status().id(), "answer-too-large");
  EXPECT_LE(hold.bytes(), 5000u);
}

// Documents of three chunks "d00 0" .., the middle one nearest to the query.
TEST_F(QueryTest, SectionsAreReturnedOnceEachWithTheBestScore) {
  std::vector<NewDocument> documents;
  for (int i = 0; i < 4; ++i) {
    const std::string id = "d" + std::to_string(i);
    NewDocument& document = documents.emplace_back(NewDocument{id, {}, {}});
    for (std::uint32_t k = 0; k < 3; ++k) {
      const float cosine = 1 - static_cast<float>(i) / 10 - (k == 1 ? 0 : 0.01f);
      document.chunks.push_back(
          {id + " " + std::to_string(k), k * 5, k * 5 + 4, {cosine, std::sqrt(1 - cosine * cosine)}});
    }
  }
  ASSERT_TRUE(store_.upsert(std::move(documents)).ok());
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "d1 2" ? 0.9 : passage.starts_with("d0") ? 0.5 : 0.1;
  };
  options_.rerank_candidates = 2;
  const auto outputs = ask({{"q", {}, 2, ResultUnit::kSection}, {"q", {}, 2}});
  ASSERT_TRUE(outputs.ok()) << outputs.status().to_string();
  const auto& results = (*outputs)[0].results;
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].chunk.id, "d1_2");
  EXPECT_EQ(results[0].chunk.text, "d1 0 d1 1 d1 2");
  EXPECT_EQ(results[0].score, 0.9);
  EXPECT_EQ(results[1].chunk.text, "d0 0 d0 1 d0 2");
  EXPECT_EQ((*outputs)[1].results[0].chunk.text, "d0 1");
  options_.unit = ResultUnit::kSection;
  with_reranker_ = false;
  EXPECT_EQ(ids((*ask({{"q", {}, 3}}))[0]), "d0 d1 d2 ");
}

TEST_F(QueryTest, SectionsNeedAStoreThatReadsNeighbors) {
  store_documents(2);
  store_.neighbors = false;
  const auto refused = ask({{"q", {}, 2, ResultUnit::kSection}});
  EXPECT_EQ(refused.status().code(), Code::kUnsupported);
  EXPECT_NE(refused.status().message().find("RAPPEL_RETURN"), std::string::npos);
  EXPECT_TRUE(ask({{"q", {}, 2}}).ok());
}

TEST_F(QueryTest, SectionsCountInTheAnswersLimit) {
  NewDocument document{"d", {}, {}};
  for (std::uint32_t i = 0; i < 40; ++i)
    document.chunks.push_back({std::string(1000, 'x'), i * 1000, i * 1000 + 1000, {1, 0}});
  ASSERT_TRUE(store_.upsert({document}).ok());
  with_reranker_ = false;
  options_.section_chars = 40'000;
  ByteHold hold(nullptr, "", 30'000);
  memory_ = &hold;
  EXPECT_TRUE(ask({{"q", {}, 1}}).ok());
  hold.release();
  EXPECT_EQ(ask({{"q", {}, 1, ResultUnit::kSection}}).status().id(), "answer-too-large");
}

TEST_F(QueryTest, CancelledRequestsGetNoAnswer) {
  store_documents(3);
  std::stop_source stop;
  reranker_.during = [&] { stop.request_stop(); };
  reranker_.failure = Status(Code::kCancelled, "cancelled");
  EXPECT_EQ(ask({{"q", {}, 1}}, stop.get_token()).status().code(), Code::kCancelled);
  EXPECT_EQ(log_, "") << "a cancelled request is no failure of the reranker";
}

TEST_F(QueryTest, TopKOutOfBoundsAndFailuresOfTheParts) {
  store_documents(3);
  EXPECT_EQ(ask({{"q", {}, 0}}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(ask({{"q", {}, 1001}}).status().message(), "top_k must be between 1 and 1000");
  EXPECT_TRUE((*ask({})).empty());
  EXPECT_EQ(embedder_.calls, 0);
  embedder_.failure = Status(Code::kResourceExhausted, "busy");
  EXPECT_EQ(ask({{"q", {}, 1}}).status().code(), Code::kResourceExhausted);
}

TEST_F(QueryTest, RerankerReadsWhatFitsIntoTheBudget) {
  store_documents(20);
  options_.rerank_candidates = 20;
  reranker_.during = [this] { now_ += 4 * double(reranker_.calls.back()[0].passages.size()); };
  ASSERT_TRUE(ask({{"q", {}, 2}}).ok());  // 4 ms a candidate
  const auto bounded = ask({{.text = "q", .top_k = 2, .rerank_budget = 30}});
  ASSERT_TRUE(bounded.ok());
  EXPECT_EQ((*bounded)[0].rerank_read, 7u);
  EXPECT_EQ(reranker_.calls.back()[0].passages.size(), 7u);
  EXPECT_EQ((*bounded)[0].times.rerank, 28);
  options_.rerank_budget = 30;
  const auto shared = ask({{"q", {}, 2}, {"other", {}, 2}});
  ASSERT_TRUE(shared.ok());
  for (const QueryOutput& output : *shared) EXPECT_EQ(output.rerank_read, 3u) << "queries share the time";
}

TEST_F(QueryTest, RerankerGetsTheTimeThatTheLatencyBudgetHasLeft) {
  store_documents(20);
  options_.rerank_candidates = 20;
  embedder_.during = [this] { now_ += 60; };
  reranker_.during = [this] { now_ += 4 * double(reranker_.calls.back()[0].passages.size()); };
  ASSERT_TRUE(ask({{"q", {}, 2}}).ok());  // 4 ms a candidate
  const auto in_time = ask({{.text = "q", .top_k = 2, .latency_budget = 100}});
  ASSERT_TRUE(in_time.ok());
  EXPECT_EQ((*in_time)[0].rerank_read, 10u) << "40 of 100 ms are left";
  EXPECT_EQ((*in_time)[0].times.total(), 100);
  EXPECT_FALSE((*in_time)[0].rerank_lacking);
  options_.latency_budget = 100;
  EXPECT_EQ((*ask({{.text = "q", .top_k = 2, .rerank_budget = 20}}))[0].rerank_read, 5u)
      << "the smaller of both";
  EXPECT_EQ((*ask({{.text = "q", .top_k = 2, .latency_budget = 0}}))[0].rerank_read, 20u) << "0: no bound";
}

TEST_F(QueryTest, RerankingIsLeftOutWhenNoTimeIsLeft) {
  store_documents(20);
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 004" ? 0.9 : 0.1;
  };
  embedder_.during = [this] { now_ += 60; };
  reranker_.during = [this] { now_ += 20; };
  ASSERT_TRUE(ask({{"q", {}, 2}}).ok());     // 5 candidates, 4 ms each
  for (const double bound : {50.0, 63.0}) {  // used up; too little for one
    const auto late = ask({{.text = "q", .top_k = 2, .rerank_budget = 30, .latency_budget = bound}});
    ASSERT_TRUE(late.ok());
    EXPECT_EQ(ids((*late)[0]), "d000 d001 ") << "the order of the first stage";
    EXPECT_FALSE((*late)[0].reranked);
    EXPECT_EQ((*late)[0].rerank_read, 0u);
    EXPECT_TRUE((*late)[0].rerank_lacking && (*late)[0].rerank_late);
  }
  EXPECT_EQ(reranker_.calls.size(), 1u);
  EXPECT_EQ(log_, "") << "this is no failure of the reranker";
  const auto mixed = ask({{.text = "q", .top_k = 2, .latency_budget = 50}, {.text = "q", .top_k = 2}});
  ASSERT_TRUE(mixed.ok());
  EXPECT_EQ(ids((*mixed)[0]), "d000 d001 ");
  EXPECT_EQ(ids((*mixed)[1]), "d004 d000 ") << "the other query has no bound";
  EXPECT_TRUE((*mixed)[0].rerank_late);
  EXPECT_FALSE((*mixed)[1].rerank_lacking);
}

TEST_F(QueryTest, AnswerSaysThatTheRerankerIsLacking) {
  store_documents(5);
  EXPECT_FALSE((*ask({{"q", {}, 2}}))[0].rerank_lacking);
  reranker_.failure = Status(Code::kUnavailable, "lost");
  EXPECT_TRUE((*ask({{"q", {}, 2}}))[0].rerank_lacking);
  EXPECT_FALSE((*ask({{.text = "q", .top_k = 2, .rerank = false}}))[0].rerank_lacking);
  with_reranker_ = false;
  EXPECT_TRUE((*ask({{"q", {}, 2}}))[0].rerank_lacking);
  options_.rerank = false;
  EXPECT_FALSE((*ask({{"q", {}, 2}}))[0].rerank_lacking);
  EXPECT_TRUE((*ask({{.text = "q", .top_k = 2, .rerank = true}}))[0].rerank_lacking);
}

TEST_F(QueryTest, ExplanationHasEveryStage) {
  store_documents(10);
  options_.rerank_candidates = 4;
  reranker_.score = [](const std::string&, const std::string& passage) {
    return passage == "text 003" ? 0.9 : 0.6;
  };
  const auto outputs =
      ask({{.text = "text 000", .top_k = 2, .mode = SearchMode::kHybrid, .min_score = 0.7, .explain = true}});
  ASSERT_TRUE(outputs.ok());
  const QueryOutput& output = (*outputs)[0];
  ASSERT_TRUE(output.explanation.has_value());
  const QueryExplanation& query = *output.explanation;
  EXPECT_EQ(query.mode, "hybrid");
  ASSERT_EQ(query.signals.size(), 2u);
  EXPECT_EQ(query.signals[0].signal, "dense");
  EXPECT_EQ(query.signals[0].hits, 10u);
  EXPECT_NEAR(query.signals[0].weight + query.signals[1].weight, 1, 1e-9);
  ASSERT_EQ(query.lacking.size(), 1u);
  EXPECT_EQ(query.lacking[0].signal, "sparse");
  EXPECT_EQ(query.found, 10u);
  EXPECT_EQ(query.kept, 4u);
  EXPECT_EQ(query.reranked, 4u);
  EXPECT_EQ(query.rerank_weight, 1);
  EXPECT_EQ(query.below_min_score, 3u);
  EXPECT_EQ(query.not_shown, 0u);
  ASSERT_EQ(query.candidates.size(), 4u);
  EXPECT_EQ(query.candidates[0].document_id, "d003");
  EXPECT_EQ(query.candidates[0].score, output.results[0].score);
  ASSERT_EQ(output.results.size(), 1u);
  ASSERT_TRUE(output.results[0].explanation.has_value());
  const Explanation& best = *output.results[0].explanation;
  EXPECT_EQ(best.rank, 1u);
  EXPECT_EQ(best.fused_rank, 4u);
  EXPECT_EQ(best.rerank_score, 0.9);
  EXPECT_EQ(best.signals[0].rank, 4u);
  EXPECT_NEAR(best.signals[0].score, 1 - 3.0 / 200, 1e-6);
  double sum = 0;
  for (const SignalPart& part : best.signals) sum += part.weight * part.part;
  EXPECT_GT(sum, 0);
  EXPECT_FALSE((*ask({{"q", {}, 2}}))[0].explanation.has_value()) << "only when asked";
}

}  // namespace
}  // namespace rappel
