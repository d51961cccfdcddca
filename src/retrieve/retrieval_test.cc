#include "retrieve/retrieval.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/thread_pool.h"
#include "embed/local/local_embedder.h"
#include "embed/local/local_reranker.h"
#include "embed/test_embedder.h"
#include "engine/cpu/cpu_device.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class RetrievalTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto model = linked_model("mini-bert-embedder", dir_.path());
    const auto reranker = linked_model("mini-bert-cross-encoder", dir_.path());
    if (!model || !reranker) GTEST_SKIP() << missing_shared_data();
    embedder_ = std::move(*LocalEmbedder::load("tiny", *ModelFiles::open(*model), *device_, {}));
    reranker_ = std::move(*LocalReranker::load("tiny", *ModelFiles::open(*reranker), *device_, {}));
    store_ = std::move(*open_sqlite_store({.folder = dir_.path() / "data", .model = embedder_->identity()}));
  }
  Retrieval retrieval(RetrievalOptions options = {}) {
    return {*store_, *embedder_, reranker_.get(), options, nullptr};
  }

  static std::vector<DocumentInput> numbered(int count) {
    std::vector<DocumentInput> documents;
    for (int i = 0; i < count; ++i)
      documents.push_back(
          {"d" + std::to_string(i), "document number " + std::to_string(i) + " about rope and rock", {}});
    return documents;
  }

  TempDir dir_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_cpu_device(pool_, {});
  std::unique_ptr<LocalEmbedder> embedder_;
  std::unique_ptr<LocalReranker> reranker_;
  std::unique_ptr<DocumentStore> store_;
};

TEST_F(RetrievalTest, UpsertKeepsOrderDerivesIdsAndLastDuplicateWins) {
  auto core = retrieval();
  const auto ids = core.upsert({{"b", "first text of b", {}},
                                {std::nullopt, "no id at all", {}},
                                {"a", "text of a", {}},
                                {"b", "second text of b", {}}});
  ASSERT_TRUE(ids.ok()) << ids.status().to_string();
  ASSERT_EQ(ids->size(), 3u);
  EXPECT_EQ((*ids)[0], "b");
  EXPECT_EQ((*ids)[1].size(), 36u);
  EXPECT_EQ((*ids)[2], "a");
  const auto results = core.query({{"second text of b", Filter::document("b"), 5}});
  ASSERT_EQ((*results)[0].results.size(), 1u);
  EXPECT_EQ((*results)[0].results[0].chunk.id, "b_0");
  EXPECT_EQ((*results)[0].results[0].chunk.text, "second text of b");
}

TEST_F(RetrievalTest, WarmUpLeavesTheQueryCacheAlone) {
  auto core = retrieval();
  EXPECT_TRUE(core.warm_up().ok()) << "nothing is stored";
  ASSERT_TRUE(core.upsert(numbered(3)).ok());
  const auto before = reranker_->scheduler_stats().texts;
  EXPECT_TRUE(core.warm_up().ok());
  EXPECT_GT(reranker_->scheduler_stats().texts, before);
  EXPECT_EQ(embedder_->cache_stats().misses, 0u);
  EXPECT_EQ(embedder_->cache_stats().entries, 0u);
}

// Reranking takes long, and the store's log cannot start over while a snapshot is open.
TEST_F(RetrievalTest, SnapshotIsDroppedBeforeReranking) {
  const auto folder = dir_.path() / "short log";
  const auto store = open_sqlite_store(
      {.folder = folder, .model = embedder_->identity(), .busy_ms = 10, .log = {.pages = 50, .wait_ms = 10}});
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  TestReranker reranker;
  Retrieval core(**store, *embedder_, &reranker, {}, nullptr);
  ASSERT_TRUE(core.upsert(numbered(10)).ok());
  std::uintmax_t log_bytes = 0;
  reranker.during = [&] {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(core.upsert(numbered(10)).ok());
    log_bytes = std::filesystem::file_size(folder / "rappel.db-wal");
  };
  ASSERT_TRUE(core.query({{"rope", {}, 3}}).ok());
  EXPECT_GT(log_bytes, 0u);
  EXPECT_LE(log_bytes, 2u * 50 * 4120);
}

TEST_F(RetrievalTest, BlankTextRemovesTheDocument) {
  auto core = retrieval();
  ASSERT_TRUE(core.upsert(numbered(2)).ok());
  EXPECT_TRUE(core.upsert({{"d0", " \n ", {}}})->empty());
  EXPECT_EQ(core.stats()->documents, 1);
}

TEST_F(RetrievalTest, ReturnsTopKResultsInEveryMode) {
  ASSERT_TRUE(retrieval().upsert(numbered(30)).ok());
  for (const RerankMode mode : {RerankMode::kAuto, RerankMode::kReplace, RerankMode::kBlend})
    for (const bool rerank : {true, false})
      for (const std::size_t k : {1u, 3u, 10u, 30u, 50u}) {
        auto core = retrieval({.rerank = rerank, .rerank_mode = mode});
        const auto output = core.query({{"rope", Filter::all(), k}});
        ASSERT_TRUE(output.ok());
        const auto& results = (*output)[0].results;
        EXPECT_EQ(results.size(), std::min<std::size_t>(k, 30));
        EXPECT_EQ((*output)[0].reranked, rerank);
        for (std::size_t i = 0; i < results.size(); ++i) {
          EXPECT_GE(results[i].score, 0.0);
          EXPECT_LE(results[i].score, 1.0);
          if (i > 0) {
            EXPECT_LE(results[i].score, results[i - 1].score);
          }
        }
      }
  EXPECT_EQ((*retrieval().query({{"rope", Filter::all(), std::nullopt}}))[0].results.size(), 3u);
}

TEST_F(RetrievalTest, ReplaceModeOrdersByTheRerankersScore) {
  ASSERT_TRUE(retrieval().upsert(numbered(12)).ok());
  const auto output = retrieval().query({{"rope", Filter::all(), 12}});
  for (const ScoredChunk& result : (*output)[0].results) {
    const std::string passages[] = {result.chunk.text};
    EXPECT_EQ(result.score, (*reranker_->scores("rope", passages))[0]);
  }
}

TEST_F(RetrievalTest, CandidatesBeyondTheRerankerStayOrdered) {
  ASSERT_TRUE(retrieval().upsert(numbered(130)).ok());
  const auto output = retrieval().query({{"rope", Filter::all(), 130}});
  const auto& results = (*output)[0].results;
  ASSERT_EQ(results.size(), 130u);
  for (std::size_t i = 1; i < results.size(); ++i) EXPECT_LE(results[i].score, results[i - 1].score);
}

TEST_F(RetrievalTest, BadRequestsChangeNothing) {
  auto core = retrieval();
  ASSERT_TRUE(core.upsert(numbered(3)).ok());
  Metadata bad;
  bad.custom["$gte"] = true;
  EXPECT_EQ(core.upsert({{"d0", "new text of d0", {}}, {"x", "some text", bad}}).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(core.stats()->documents, 3);
  EXPECT_EQ(core.query({{"q", Filter::all(), 0}}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(core.query({{"q", Filter::all(), 1001}}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(core.remove({}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(core.remove({.filter = Filter::all()}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(core.remove({.filter = Filter::both_of({})}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(core.remove({.filter = Filter::exists("depratment", false)}).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(core.remove({.ids = {"d0"}, .filter = Filter::exists(kDocumentIdKey, true)}).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(core.stats()->documents, 3);
}

TEST_F(RetrievalTest, RemoveByIdsFilterAndAll) {
  auto core = retrieval();
  ASSERT_TRUE(core.upsert(numbered(6)).ok());
  EXPECT_EQ(*core.remove({.ids = {"d0", "none"}, .filter = Filter::document("d1")}), 2u);
  EXPECT_EQ(core.list(Filter::all(), 0, 100)->total, 4);
  EXPECT_EQ(*core.remove({.delete_all = true}), 4u);
  EXPECT_EQ(core.stats()->chunks, 0);
}

TEST_F(RetrievalTest, PageBeyondItsLimitIsRefused) {
  auto core = retrieval();
  ASSERT_TRUE(core.upsert(numbered(6)).ok());
  ByteHold hold(nullptr, "", 1000);
  const auto page = core.list(Filter::all(), 0, 100, {{}, &hold});
  EXPECT_EQ(page.status().id(), "answer-too-large");
  EXPECT_NE(page.status().message().find("ask for a lower limit"), std::string::npos);
  hold.release();
  EXPECT_EQ(core.list(Filter::all(), 4, 1, {{}, &hold})->documents.size(), 1u);
}

TEST_F(RetrievalTest, ChunksNeverExceedWhatTheModelReads) {
  RetrievalOptions options;
  options.chunk.tokens = 5000;
  EXPECT_LE(retrieval(options).options().chunk.tokens * 11 / 10, embedder_->max_length());
}

}  // namespace
}  // namespace rappel
