#include "embed/local/local_reranker.h"

#include <gtest/gtest.h>

#include <map>

#include "base/thread_pool.h"
#include "engine/cpu/cpu_device.h"
#include "testing/json_lines.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

// Bar of the reference data's README for fp32 engines.
constexpr double kTolerance = 5e-5;

RerankerOptions with_batch(std::size_t tokens, RerankerOptions options) {
  options.batch_tokens = tokens;
  return options;
}

class RerankerTest : public testing::TestWithParam<const char*> {
 protected:
  Result<std::unique_ptr<LocalReranker>> load(const std::filesystem::path& folder,
                                              const RerankerOptions& options) {
    RAPPEL_ASSIGN(auto files, ModelFiles::open(folder));
    return LocalReranker::load("model", std::move(files), *device_, options);
  }
  TempDir models_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_cpu_device(pool_, {});
};

TEST_P(RerankerTest, ScoresAsFlagReranker) {
  const auto folder = linked_model(GetParam(), models_.path());
  if (!folder) GTEST_SKIP() << missing_shared_data();
  std::map<std::string, std::pair<std::string, std::string>> texts;  // later rows name a pair by id only
  std::map<std::pair<std::size_t, std::size_t>, std::unique_ptr<LocalReranker>> rerankers;
  int rows = 0;
  for (const Json& row :
       read_json_lines(*shared_data(std::string("goldens-models/") + GetParam() + ".pairs.jsonl"))) {
    const auto id = row["id"].get<std::string>();
    if (row.contains("query"))
      texts[id] = {row["query"].get<std::string>(), row["passage"].get<std::string>()};
    const auto max_length = row["max_length"].get<std::size_t>();
    const std::size_t query_max =
        row["query_max_length"].is_null() ? 0 : row["query_max_length"].get<std::size_t>();
    auto& reranker = rerankers[{max_length, query_max}];
    if (!reranker) {
      auto loaded = load(*folder, {.max_length = max_length, .query_max_length = query_max});
      ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
      reranker = std::move(*loaded);
    }
    const std::string passages[] = {texts[id].second};
    const auto logits = reranker->logits(texts[id].first, passages);
    ASSERT_TRUE(logits.ok()) << logits.status().to_string();
    EXPECT_NEAR((*logits)[0], row["score"].get<double>(), kTolerance) << id << " at " << max_length;
    EXPECT_NEAR((*reranker->scores(texts[id].first, passages))[0], row["score_normalized"].get<double>(),
                kTolerance);
    ++rows;
  }
  EXPECT_GT(rows, 100);
}

TEST_P(RerankerTest, ScoresDoNotDependOnTheBatchAndFitMaxLength) {
  const bool bge = std::string(GetParam()).find("bge") != std::string::npos;
  const auto folder = linked_model(bge ? "mini-bge-reranker" : "mini-bert-cross-encoder", models_.path());
  if (!folder) GTEST_SKIP() << missing_shared_data();
  auto reranker = load(*folder, with_batch(150, {.max_length = 64, .query_max_length = 64}));
  ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
  std::string query;  // longer than the pair may be: both must be cut, never more than 64 tokens sent
  for (int i = 0; i < 200; ++i) query += "word ";
  std::vector<std::string> passages{"", "short", query};
  for (int i = 0; i < 20; ++i) passages.push_back("passage " + std::to_string(i));
  const auto together = (*reranker)->logits(query, passages);
  ASSERT_TRUE(together.ok()) << together.status().to_string();
  for (std::size_t i = 0; i < passages.size(); ++i) {
    const std::string alone[] = {passages[i]};
    EXPECT_EQ((*(*reranker)->logits(query, alone))[0], (*together)[i]) << i;
  }
  EXPECT_TRUE((*reranker)->logits("q", {}).value().empty());
}

TEST_P(RerankerTest, JobsOfOneCallScoreAsTheyDoAlone) {
  const auto folder = linked_model(GetParam(), models_.path());
  if (!folder) GTEST_SKIP() << missing_shared_data();
  auto reranker = load(*folder, with_batch(150, {}));
  ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
  const std::vector<RerankJob> jobs{{"rope", {"a rope", "a long passage about rope and rock"}},
                                    {"nothing to read", {}},
                                    {"rock", {"", "rock"}}};
  const auto together = (*reranker)->scores(jobs);
  ASSERT_TRUE(together.ok()) << together.status().to_string();
  ASSERT_EQ(together->size(), jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i)
    EXPECT_EQ((*together)[i], *(*reranker)->scores(jobs[i].query, jobs[i].passages)) << i;
}

TEST_P(RerankerTest, PairsHaveTheLogitsOfTheScoresAndCountTokens) {
  const auto folder = linked_model(GetParam(), models_.path());
  if (!folder) GTEST_SKIP() << missing_shared_data();
  auto reranker = load(*folder, {.max_length = 64});
  ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
  std::string passage;
  for (int i = 0; i < 100; ++i) passage += "word ";
  const RerankJob job{"rope", {"a rope", passage}};
  const auto pairs = (*reranker)->score_pairs(job, false);
  ASSERT_TRUE(pairs.ok()) << pairs.status().to_string();
  EXPECT_EQ(pairs->logits, *(*reranker)->logits(job.query, job.passages));
  EXPECT_EQ(pairs->cut, 1u);
  EXPECT_GT(pairs->tokens, 64u);  // those of the long pair, and of the short one
  EXPECT_LT(pairs->tokens, 2 * 64u);

  const Status refused = (*reranker)->score_pairs(job, true).status();
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.id(), kTextTooLong);
  EXPECT_TRUE((*reranker)->score_pairs({"rope", {"a rope"}}, true).ok());
  EXPECT_EQ((*reranker)->score_pairs({passage, {"a rope"}}, true).status().id(), kTextTooLong)
      << "a long query";
}

TEST_P(RerankerTest, LongPassageIsScoredByItsBestWindow) {
  const auto folder = linked_model(GetParam(), models_.path());
  if (!folder) GTEST_SKIP() << missing_shared_data();
  auto reranker = load(*folder, {.max_length = 64});
  ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
  std::string passage;
  for (int i = 0; i < 60; ++i) passage += "word" + std::to_string(i) + " ";
  const RerankJob cut{"rope", {"a rope", passage}};
  RerankJob whole = cut;
  whole.best_window = true;
  const auto by_beginning = (*reranker)->scores({&cut, 1});
  const auto by_window = (*reranker)->scores({&whole, 1});
  ASSERT_TRUE(by_beginning.ok() && by_window.ok());
  ASSERT_EQ((*by_window)[0].size(), 2u);
  EXPECT_EQ((*by_window)[0][0], (*by_beginning)[0][0]) << "a short passage has one window";
  EXPECT_GE((*by_window)[0][1], (*by_beginning)[0][1]) << "the beginning is one of the windows";
  EXPECT_GT((*reranker)->scheduler_stats().texts, 5u) << "the long passage has several windows";
}

INSTANTIATE_TEST_SUITE_P(Families, RerankerTest,
                         testing::Values("tiny-bge-reranker-v2-m3", "tiny-bert-cross-encoder"),
                         [](const auto& family) { return std::string(family.param).substr(5, 3); });

// The model that the quickstart uses, with its own recorded scores. They were made with longest_first, which
// cuts other tokens than FlagEmbedding's rule when the query is longer than its three quarters.
TEST_F(RerankerTest, QuickstartModel) {
  const std::filesystem::path folder = "models/rappel-rerank-mini-en";
  auto reranker = load(folder, {});
  ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
  const auto recorded = parse_json(*read_file(folder / "scores.json"));
  ASSERT_TRUE(recorded.ok());
  const auto tokenizer = Tokenizer::load(folder / "tokenizer.json");
  ASSERT_TRUE(tokenizer.ok());
  int compared = 0;
  for (const Json& row : (*recorded)["cases"]) {
    const auto query = row["query"].get<std::string>();
    if (row["tokens"].get<int>() == 512 && (*tokenizer)->encode_bare(query).size() > 384) continue;
    const std::string passages[] = {row["passage"].get<std::string>()};
    const auto logits = (*reranker)->logits(query, passages);
    ASSERT_TRUE(logits.ok()) << logits.status().to_string();
    EXPECT_NEAR((*logits)[0], row["logit"].get<double>(), kTolerance);
    ++compared;
  }
  EXPECT_GT(compared, 50);
}

TEST_F(RerankerTest, QuickstartModelReadsEnglishOnlyAtASmallWeight) {
  auto reranker = load("models/rappel-rerank-mini-en", {});
  ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
  const RerankerDescription description = (*reranker)->description();
  EXPECT_TRUE(description.reads("en"));
  EXPECT_FALSE(description.reads("fr"));
  EXPECT_EQ(description.depth, 10u);
  EXPECT_EQ(description.blend_weight, 0.05);
}

TEST_F(RerankerTest, RefusesEmbeddingModelsAndTinyLimits) {
  const auto embedder = linked_model("mini-bert-embedder", models_.path());
  const auto reranker = linked_model("mini-bert-cross-encoder", models_.path());
  if (!embedder || !reranker) GTEST_SKIP() << missing_shared_data();
  EXPECT_EQ(load(*embedder, {}).status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(load(*reranker, {.max_length = 4}).status().code(), Code::kInvalidArgument);
}

// A token beyond the table would be read from other memory.
TEST_F(RerankerTest, TokenizerOfAnotherModelIsRefused) {
  const auto reranker = linked_model("mini-bge-reranker", models_.path());   // 1531 tokens
  const auto embedder = linked_model("mini-bert-embedder", models_.path());  // 2078 tokens
  if (!embedder || !reranker) GTEST_SKIP() << missing_shared_data();
  std::filesystem::remove(*reranker / "tokenizer.json");
  std::filesystem::copy_file(*embedder / "tokenizer.json", *reranker / "tokenizer.json");
  const auto refused = load(*reranker, {});
  EXPECT_EQ(refused.status().code(), Code::kCorrupt);
  EXPECT_NE(refused.status().message().find("do not belong together"), std::string::npos)
      << refused.status().to_string();
}

}  // namespace
}  // namespace rappel
