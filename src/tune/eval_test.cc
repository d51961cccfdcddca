// Modes, corpus and questions of an evaluation, with numbers instead of models.
#include <gtest/gtest.h>

#include "base/os/file.h"
#include "embed/test_embedder.h"
#include "eval/metrics.h"
#include "store/conformance/test_store.h"
#include "testing/temp_dir.h"
#include "tune/eval_corpus.h"
#include "tune/eval_modes.h"
#include "tune/eval_questions.h"

namespace rappel {
namespace {

Options options(std::vector<std::pair<const char*, const char*>> flags = {}) {
  OptionSources sources;
  for (const auto& [name, value] : flags) sources.flags.emplace_back(&find_option(name), value);
  return Options::resolve(sources, kEvalCommand).value();
}

std::string labels(const Result<std::vector<EvalVariant>>& variants) {
  if (!variants.ok()) return variants.status().message();
  std::string out;
  for (const EvalVariant& variant : *variants) out += (out.empty() ? "" : ", ") + variant.label;
  return out;
}

TEST(EvalModes, EveryModeOfASearchIsThereWithAndWithoutReranking) {
  EXPECT_EQ(eval_modes().size(), 2 * search_modes().size());
}

TEST(EvalModes, RerankingNeedsAReranker) {
  EXPECT_EQ(labels(eval_variants(options(), {})), "hybrid, dense, lexical, hybrid+rerank");
  const Options without = options({{"RERANK_ENABLE", "false"}});
  EXPECT_EQ(labels(eval_variants(without, {})), "hybrid, dense, lexical");
  EXPECT_EQ(labels(eval_variants(without, {{"dense+rerank"}, {}})),
            "mode dense+rerank needs a reranker, and RERANK_ENABLE is false");
  EXPECT_TRUE(labels(eval_variants(options(), {{"none"}, {}}))
                  .starts_with("there is no mode 'none'; the modes are hybrid, min-max, rrf, "));
}

TEST(EvalModes, SettingsConcernTheModesThatUseThem) {
  const EvalRequest request{{}, {"RETRIEVAL_DENSE_WEIGHT=30,40", "RERANK_K=5,20", "RERANK_MODE=blend"}};
  const auto variants = eval_variants(options({{"CHUNK_SIZE", "100"}}), request);
  EXPECT_EQ(labels(variants),
            "hybrid RETRIEVAL_DENSE_WEIGHT=30, hybrid RETRIEVAL_DENSE_WEIGHT=40, dense, lexical, "
            "hybrid+rerank RETRIEVAL_DENSE_WEIGHT=30 RERANK_K=5, "
            "hybrid+rerank RETRIEVAL_DENSE_WEIGHT=30 RERANK_K=20, "
            "hybrid+rerank RETRIEVAL_DENSE_WEIGHT=40 RERANK_K=5, "
            "hybrid+rerank RETRIEVAL_DENSE_WEIGHT=40 RERANK_K=20");
  const EvalVariant& last = variants->back();
  EXPECT_EQ(last.options.rerank_candidates, 20U);
  EXPECT_EQ(last.options.rerank_mode, RerankMode::kBlend);
  EXPECT_EQ(last.settings.back(), (std::pair<std::string, std::string>("RERANK_K", "20")));
  EXPECT_EQ(variants->front().options.weights.dense, 0.3);
  EXPECT_EQ(variants->front().settings[2], (std::pair<std::string, std::string>("CHUNK_SIZE", "100")));
  EXPECT_FALSE(variants->front().options.rerank);
}

TEST(EvalModes, WrongSettingsAreRefused) {
  EXPECT_NE(labels(eval_variants(options(), {{}, {"RERANK_K=0"}})).find("expected a whole number 1..1000"),
            std::string::npos);
  EXPECT_NE(labels(eval_variants(options(), {{}, {"CHUNK_SIZE=5"}})).find("cannot change 'CHUNK_SIZE'"),
            std::string::npos);
  EXPECT_EQ(labels(eval_variants(options(), {{}, {"RERANK_K="}})),
            "--set RERANK_K= has no values: write RERANK_K=V1,V2");
}

TEST(EvalStoreFolder, FollowsAllThatChunksAndVectorsDependOn) {
  const ModelIdentity model{"m", 4, "r1"};
  const CorpusSummary corpus{2, "digest"};
  const auto folder = [&](const CorpusSummary& summary, const ModelIdentity& identity,
                          const Options& settings) {
    return eval_store_folder("/e", "my set", summary, identity, settings).string();
  };
  const std::string usual = folder(corpus, model, options());
  EXPECT_TRUE(usual.starts_with("/e/myset-")) << usual;
  EXPECT_EQ(folder(corpus, {"another name", 4, "r1"}, options({{"RERANK_K", "9"}})), usual);
  EXPECT_NE(folder({2, "other"}, model, options()), usual);
  EXPECT_NE(folder(corpus, {"m", 4, "r2"}, options()), usual);
  EXPECT_NE(folder(corpus, model, options({{"CHUNK_SIZE", "100"}})), usual);
  EXPECT_NE(folder(corpus, model, options({{"EMBEDDING_PRECISION", "float32"}})), usual);
}

class EvalRun : public testing::Test {
 protected:
  EvalRun() {
    std::string corpus;
    for (int i = 0; i < 130; ++i)
      corpus +=
          "{\"_id\":\"d" + std::to_string(i) + "\",\"text\":\"otters number " + std::to_string(i) + "\"}\n";
    corpus += "{\"_id\":\"empty\",\"text\":\"\"}\n";
    EXPECT_TRUE(write_file_atomic(folder_.path() / "corpus.jsonl", corpus).ok());
  }

  Result<StoredCorpus> fill(const std::stop_token& stop = {}) {
    Retrieval retrieval(store_, embedder_, nullptr, {}, nullptr);
    return fill_eval_store(
        folder_.path() / "corpus.jsonl", store_, retrieval,
        [this](std::size_t done, std::size_t known) { done_ = done, known_ = known; }, stop);
  }
  Result<EvalAnswers> ask(const std::vector<JudgedQuery>& queries, bool same_ids = false) {
    const QueryParts parts{store_, embedder_, scales_, &reranker_, options_, nullptr};
    return ask_eval_questions(parts, {queries, same_ids}, [](std::size_t) {}, {});
  }

  TempDir folder_;
  TestStore store_{2};
  TestEmbedder embedder_{2};
  TestReranker reranker_;
  SimilarityScales scales_;
  RetrievalOptions options_{.rerank = false, .mode = SearchMode::kLexical};
  std::size_t done_ = 0, known_ = 0;
};

TEST_F(EvalRun, DocumentsThatAreThereAreNotStoredAgain) {
  const auto first = fill();
  ASSERT_TRUE(first.ok()) << first.status().to_string();
  EXPECT_EQ(first->stored, 130U);
  EXPECT_EQ(first->empty, 1U);
  EXPECT_EQ(done_, 131U);
  const std::vector<std::string> gone{"d7", "d70"};
  ASSERT_TRUE(store_.remove(gone).ok());
  const int calls = embedder_.calls;
  EXPECT_EQ(fill()->stored, 2U);
  EXPECT_EQ(done_, 131U);
  EXPECT_EQ(known_, 128U);
  EXPECT_EQ(store_.stats()->documents, 130);
  EXPECT_GT(embedder_.calls, calls);
  embedder_.failure = Status(Code::kUnavailable, "no device");
  EXPECT_EQ(fill()->stored, 0U) << "nothing is embedded";
  ASSERT_TRUE(store_.remove(gone).ok());
  const Status failed = fill().status();
  EXPECT_EQ(failed.message(), "document d7: no device");
}

TEST_F(EvalRun, StopEndsTheFilling) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(fill(source.get_token()).status().code(), Code::kCancelled);
}

TEST_F(EvalRun, AnswersHaveTheBestChunkOfEachDocument) {
  const auto chunk = [](const char* text) { return NewChunk{text, 0, 1, {1, 0}}; };
  ASSERT_TRUE(store_
                  .upsert({{"a", {}, {chunk("otter"), chunk("otter otter otter"), chunk("a seal")}},
                           {"b", {}, {chunk("otter otter swim")}},
                           {"q", {}, {chunk("otter")}}})
                  .ok());
  const auto answers = ask({{"q", "otter"}});
  ASSERT_TRUE(answers.ok()) << answers.status().to_string();
  const auto& found = answers->run.at("q");
  ASSERT_EQ(found.size(), 2U) << "the document with the id of the query is left out";
  EXPECT_EQ(found[0].id, "a");
  EXPECT_EQ(found[1].id, "b");
  EXPECT_GT(found[0].score, found[1].score);
  EXPECT_EQ(answers->ms.size(), 1U);
  EXPECT_EQ(ask({{"q", "otter"}}, /*same_ids=*/true)->run.at("q").size(), 3U);
}

// Metrics would order equal scores by id, and so measure another order than callers see.
TEST(DocumentRanking, KeepsTheOrderOfTheAnswerWhereScoresAreEqual) {
  DocumentRanking ranking("left out");
  ranking.add("a", 0.5);
  ranking.add("left out", 0.5);
  for (const char* id : {"z", "b", "a", "y"}) ranking.add(id, 0.5);
  ranking.add("c", 0.5 - 1e-12);  // equal as float32
  ranking.add("d", 0.25);
  ranking.add("e", 0);
  ranking.add("f", 0);
  const auto documents = ranking.take();
  std::string order;
  for (const RankedDocument* document : in_order(documents)) order += document->id;
  EXPECT_EQ(order, "azbycdef");
  EXPECT_EQ(documents[0].score, 0.5);
  EXPECT_EQ(documents[5].score, 0.25) << "scores that fall are kept";
}

TEST_F(EvalRun, MoreChunksAreAskedForUntilThereAreEnoughDocuments) {
  std::vector<NewDocument> documents(1, {"long", {}, {}});
  for (std::uint32_t i = 0; i < 300; ++i) documents[0].chunks.push_back({"otter otter", i, i + 1, {1, 0}});
  for (int i = 0; i < 150; ++i)
    documents.push_back({"d" + std::to_string(i), {}, {{"an otter swims", 0, 1, {1, 0}}}});
  ASSERT_TRUE(store_.upsert(std::move(documents)).ok());
  const auto answers = ask({{"q", "otter"}});
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ(answers->run.at("q").size(), kEvalDepth);
}

TEST_F(EvalRun, RerankerReadsItsCandidatesAndItsFailureIsAnError) {
  ASSERT_TRUE(fill().ok());
  options_.rerank = true;
  options_.rerank_candidates = 7;
  const std::vector<JudgedQuery> queries{{"q", "otters"}};
  ASSERT_TRUE(ask(queries).ok());
  EXPECT_EQ(reranker_.calls.back()[0].passages.size(), 7U);
  reranker_.failure = Status(Code::kUnavailable, "no device");
  EXPECT_EQ(ask(queries).status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace rappel
