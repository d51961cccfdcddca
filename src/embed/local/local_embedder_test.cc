#include "embed/local/local_embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <new>

#include "base/thread_pool.h"
#include "embed/local/local_reranker.h"
#include "engine/cpu/cpu_device.h"
#include "engine/test_allocations.h"
#include "engine/test_model.h"
#include "testing/json_lines.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

// Bar of the reference data's README for fp32 engines.
constexpr double kTolerance = 1e-5;

EmbedderOptions with_batch(std::size_t tokens) {
  EmbedderOptions options;
  options.batch_tokens = tokens;
  return options;
}

class EmbedderTest : public testing::Test {
 protected:
  // Skips the test when the reference data is absent.
  void load(const std::string& model, const EmbedderOptions& options = {}) {
    const auto folder = linked_model(model, models_.path());
    if (!folder) GTEST_SKIP() << missing_shared_data();
    auto files = ModelFiles::open(*folder);
    ASSERT_TRUE(files.ok()) << files.status().to_string();
    auto loaded = LocalEmbedder::load(model, *files, *device_, options);
    ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
    embedder_ = std::move(*loaded);
  }

  Embedding embed_one(const std::string& text, const EmbedRequest& request) {
    const std::string texts[] = {text};
    auto embedded = embedder_->embed(texts, request);
    EXPECT_TRUE(embedded.ok()) << embedded.status().to_string();
    return embedded.ok() ? std::move((*embedded)[0]) : Embedding{};
  }

  TempDir models_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_cpu_device(pool_, {});
  std::unique_ptr<LocalEmbedder> embedder_;
};

void expect_near(const std::vector<float>& actual, const Json& expected, const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i].get<double>(), kTolerance) << what;
}

void expect_lexical(const Embedding& actual, const Json& expected, const std::string& what) {
  ASSERT_EQ(actual.sparse.size(), expected.size()) << what;
  for (const auto& [id, weight] : actual.sparse) {
    const auto it = expected.find(std::to_string(id));
    ASSERT_NE(it, expected.end()) << what << " has no id " << id;
    ASSERT_NEAR(weight, it->get<double>(), kTolerance) << what;
  }
}

TEST_F(EmbedderTest, StringsToVectorsAsFlagEmbedding) {
  ASSERT_NO_FATAL_FAILURE(load("tiny-bge-m3"));
  if (!embedder_) return;
  EmbedRequest request{.dense = true, .sparse = true, .colbert = true};
  std::map<std::string, std::string> text_of;
  int rows = 0;
  for (const Json& row : read_json_lines(*shared_data("goldens-models/tiny-bge-m3.texts.jsonl"))) {
    const auto id = row["id"].get<std::string>();
    text_of[id] = row["text"].get<std::string>();
    request.max_length = row["max_length"].get<std::size_t>();
    const Embedding embedding = embed_one(text_of[id], request);
    ASSERT_EQ(embedding.input_ids, row["input_ids"].get<std::vector<TokenId>>()) << id;
    ASSERT_NO_FATAL_FAILURE(expect_near(embedding.dense, row["dense"], id));
    ASSERT_NO_FATAL_FAILURE(expect_lexical(embedding, row["lexical"], id));
    ++rows;
  }
  EXPECT_GT(rows, 100);
  for (const Json& row : read_json_lines(*shared_data("goldens-models/tiny-bge-m3.max_length.jsonl"))) {
    const auto id = row["text_id"].get<std::string>();
    request.max_length = row["max_length"].get<std::size_t>();
    const Embedding embedding = embed_one(text_of[id], request);
    ASSERT_EQ(embedding.input_ids, row["input_ids"].get<std::vector<TokenId>>()) << id;
    ASSERT_NO_FATAL_FAILURE(expect_near(embedding.dense, row["dense"], id));
    ASSERT_NO_FATAL_FAILURE(expect_lexical(embedding, row["lexical"], id));
  }
  request = {.dense = true, .colbert = true};
  for (const Json& row : read_json_lines(*shared_data("goldens-models/tiny-bge-m3.truncate_dim.jsonl"))) {
    request.dimensions = row["truncate_dim"].get<int>();
    const Embedding embedding = embed_one(text_of[row["text_id"].get<std::string>()], request);
    ASSERT_NO_FATAL_FAILURE(expect_near(embedding.dense, row["dense"], "truncated"));
    EXPECT_EQ(embedding.colbert.size(),
              row["colbert_shape"][0].get<std::size_t>() * row["truncate_dim"].get<std::size_t>());
  }
}

TEST_F(EmbedderTest, VectorsDoNotDependOnTheBatch) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3", with_batch(100)));
  if (!embedder_) return;
  const EmbedRequest request{.dense = true, .sparse = true, .colbert = true};
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) {
    std::string text = "text " + std::to_string(i);
    for (int j = 0; j < (i * 7) % 60; ++j) text += " and so on";
    texts.push_back(text);
  }
  const auto together = embedder_->embed(texts, request);
  ASSERT_TRUE(together.ok());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Embedding alone = embed_one(texts[i], request);
    EXPECT_EQ(alone.dense, (*together)[i].dense) << i;
    EXPECT_EQ(alone.sparse, (*together)[i].sparse) << i;
    EXPECT_EQ(alone.colbert, (*together)[i].colbert) << i;
  }
}

// A model of random numbers around the small test tokenizer, with one word table or head that is not finite.
class DamagedModelTest : public EmbedderTest {
 protected:
  std::shared_ptr<const ModelFiles> damaged(TestModel model) {
    const auto tokenizer = *Tokenizer::load(kTokenizer);
    model.vocabulary = static_cast<int>(tokenizer->vocabulary_size());
    TestModelWriter writer(model);
    writer.add("embeddings.word_embeddings.weight", {model.vocabulary, model.hidden}, 1,
               std::numeric_limits<float>::infinity());
    writer.write(models_.path());
    std::filesystem::copy_file(kTokenizer, models_.path() / "tokenizer.json",
                               std::filesystem::copy_options::overwrite_existing);
    return std::move(ModelFiles::open(models_.path())).value();
  }
  static constexpr const char* kTokenizer = "testdata/tokenizers/wordpiece.json";
};

TEST_F(DamagedModelTest, OutputsThatAreNotFiniteAreErrors) {
  const TestModel model{.family = Family::kBert, .bge_m3_heads = true};
  auto embedder = LocalEmbedder::load("broken", damaged(model), *device_, {});
  ASSERT_TRUE(embedder.ok()) << embedder.status().to_string();
  const std::string texts[] = {"the water"};
  for (const Status& status : {(*embedder)->embed(texts, {}).status(),
                               (*embedder)->embed(texts, {.dense = false, .sparse = true}).status(),
                               (*embedder)->embed(texts, {.dense = false, .colbert = true}).status(),
                               (*embedder)->embed_queries(texts).status()}) {
    EXPECT_EQ(status.id(), "model-damaged") << status.to_string();
    EXPECT_NE(status.message().find("model broken gave a number that is NaN or infinite"), std::string::npos);
  }
  auto reranker =
      LocalReranker::load("broken", damaged({.family = Family::kBert, .classifier = true}), *device_, {});
  ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
  EXPECT_EQ((*reranker)->scores("the", texts).status().id(), "model-damaged");
}

TEST_F(DamagedModelTest, TokenizerWithMoreTokensThanTheTableIsRefused) {
  for (const bool classifier : {false, true}) {
    const TestModel model{.family = Family::kBert, .classifier = classifier, .vocabulary = 5};
    TestModelWriter(model).write(models_.path());
    std::filesystem::copy_file(kTokenizer, models_.path() / "tokenizer.json",
                               std::filesystem::copy_options::overwrite_existing);
    const auto files = *ModelFiles::open(models_.path());
    const Status status = classifier ? LocalReranker::load("small", files, *device_, {}).status()
                                     : LocalEmbedder::load("small", files, *device_, {}).status();
    EXPECT_EQ(status.code(), Code::kCorrupt) << status.to_string();
  }
}

// Tokenizing is part of the call.
TEST_F(DamagedModelTest, CancelledCallReturnsAtOnce) {
  auto embedder = LocalEmbedder::load("broken", damaged({.family = Family::kBert}), *device_, {});
  ASSERT_TRUE(embedder.ok()) << embedder.status().to_string();
  std::stop_source source;
  source.request_stop();
  const std::string texts[] = {std::string(1'000'000, 'a')};
  EXPECT_EQ((*embedder)->token_ranges(texts[0], source.get_token()).status().code(), Code::kCancelled);
  EXPECT_EQ((*embedder)->embed(texts, {.cancel = source.get_token()}).status().code(), Code::kCancelled);
  EXPECT_EQ((*embedder)->embed_queries(texts, source.get_token()).status().code(), Code::kCancelled);
}

TEST_F(EmbedderTest, QueriesAreCached) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3", {.cache = {.entries = 2}}));
  if (!embedder_) return;
  const std::string queries[] = {"one", "two", "one"};
  const auto first = embedder_->embed_queries(queries);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)[0], (*first)[2]);
  EXPECT_EQ(embedder_->cache_stats().misses, 2u);
  const auto second = embedder_->embed_queries(queries);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(embedder_->cache_stats().hits, 4u);
  EXPECT_EQ((*first)[0].dense, embed_one("one", {}).dense);
}

TEST_F(EmbedderTest, LargeRequestOfEqualQueries) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  std::vector<std::string> queries(600, "the same");  // 4800 bytes
  queries.emplace_back("another");
  const auto vectors = embedder_->embed_queries(queries);
  ASSERT_TRUE(vectors.ok());
  EXPECT_EQ((*vectors)[599], (*vectors)[0]);
  EXPECT_EQ((*vectors)[0].dense, embed_one("the same", {}).dense);
  EXPECT_EQ(embedder_->cache_stats().coalesced, 0u);
  EXPECT_EQ(embedder_->cache_stats().entries, 2u);
}

TEST_F(EmbedderTest, FailedRequestGivesItsQueriesBack) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  std::stop_source stopped;
  stopped.request_stop();
  const std::string queries[] = {"one", "two"};
  EXPECT_EQ(embedder_->embed_queries(queries, stopped.get_token()).status().code(), Code::kCancelled);
  EXPECT_TRUE(embedder_->embed_queries(queries).ok()) << "a claim that is left would block";
}

TEST_F(EmbedderTest, RequestWithoutMemoryBlocksNoQuery) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  std::string words;
  while (words.size() < 3000) words += "weather and rope ";
  const std::string queries[] = {"weather", words};
  for (const std::size_t most : {2000, 3500, 5000}) {  // bytes: the second claim fails, a copy, the tokens
    const AllocationLimit limit(most);
    EXPECT_THROW(static_cast<void>(embedder_->embed_queries(queries)), std::bad_alloc) << most;
  }
  EXPECT_TRUE(embedder_->embed_queries(queries).ok()) << "a claim that is left would block";
}

TEST_F(EmbedderTest, WarmUpMeasuresBatchSizeUnlessGiven) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  const Embedding before = embed_one("the same bits", {});
  const auto tuned = embedder_->warm_up();
  ASSERT_TRUE(tuned.ok()) << tuned.status().to_string();
  EXPECT_EQ(embedder_->scheduler_stats().batch_tokens, tuned->tokens);
  EXPECT_GE(tuned->tokens, kLeastBatchTokens);
  EXPECT_LE(tuned->tokens, DeviceInfo().most_batch_tokens);
  EXPECT_EQ(embed_one("the same bits", {}).dense, before.dense);
  ASSERT_NO_FATAL_FAILURE(load("mini-bert-embedder", with_batch(700)));
  const auto given = embedder_->warm_up();
  ASSERT_TRUE(given.ok());
  EXPECT_TRUE(given->given);
  EXPECT_EQ(embedder_->scheduler_stats().batch_tokens, 700u);
}

TEST_F(EmbedderTest, SentenceTransformersModels) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bert-embedder"));
  if (!embedder_) return;
  EXPECT_EQ(embedder_->dimension(), 48);
  EXPECT_EQ(embedder_->max_length(), 512u);
  EXPECT_FALSE(embedder_->has_sparse());
  const std::string texts[] = {"a text"};
  const auto refused = embedder_->embed(texts, {.sparse = true});
  EXPECT_EQ(refused.status().code(), Code::kInvalidArgument);
  double norm = 0;
  for (const float x : embed_one("a text", {}).dense) norm += double{x} * x;
  EXPECT_NEAR(norm, 1.0, 1e-6);
}

// A sentence-transformers model without a Normalize module gives raw vectors, but stores need unit vectors.
TEST_F(EmbedderTest, StoreVectorsAreUnitLengthWithoutNormalizeModule) {
  const auto folder = linked_model("mini-bert-embedder", models_.path());
  if (!folder) GTEST_SKIP() << missing_shared_data();
  std::filesystem::remove(*folder / "modules.json");
  ASSERT_TRUE(
      write_file_atomic(*folder / "modules.json",
                        R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
                                    {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"}])")
          .ok());
  auto loaded = LocalEmbedder::load("raw", *ModelFiles::open(*folder), *device_, {});
  ASSERT_TRUE(loaded.ok()) << loaded.status().to_string();
  embedder_ = std::move(*loaded);
  const auto length = [](const std::vector<float>& vector) {
    double squares = 0;
    for (const float x : vector) squares += double{x} * x;
    return std::sqrt(squares);
  };
  EXPECT_GT(std::abs(length(embed_one("a text", {}).dense) - 1), 0.01);
  EXPECT_NEAR(length(embed_one("a text", {.unit_length = true}).dense), 1, 1e-6);
  const std::string queries[] = {"a text"};
  EXPECT_NEAR(length((*embedder_->embed_queries(queries))[0].dense), 1, 1e-6);
}

TEST_F(EmbedderTest, EmptyInputAndTooShortLimits) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  EXPECT_TRUE(embedder_->embed({}, {}).value().empty());
  EXPECT_EQ(embed_one("", {.sparse = true}).sparse.size(), 0u);
  const std::string texts[] = {"a"};
  EXPECT_EQ(embedder_->embed(texts, {.max_length = 1}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(embed_one("a b c", {.max_length = 2}).input_ids, (std::vector<TokenId>{0, 2}));
}

TEST_F(EmbedderTest, LongerTextsAreCutAtEitherEndOrRefused) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  const std::string text = "one two three four five six seven";
  const Embedding whole = embed_one(text, {});
  EXPECT_FALSE(whole.cut);
  const std::vector<TokenId>& ids = whole.input_ids;
  ASSERT_GT(ids.size(), 5u);
  // Just as long as the limit is not longer.
  EXPECT_FALSE(embed_one(text, {.max_length = ids.size()}).cut);
  EXPECT_FALSE(embed_one(text, {.max_length = ids.size(), .overlong = Overlong::kRefuse}).cut);

  const Embedding beginning = embed_one(text, {.max_length = 5});
  EXPECT_TRUE(beginning.cut);
  EXPECT_EQ(beginning.input_ids, (std::vector<TokenId>{ids[0], ids[1], ids[2], ids[3], ids.back()}));
  const Embedding end = embed_one(text, {.max_length = 5, .overlong = Overlong::kCutBeginning});
  EXPECT_TRUE(end.cut);
  EXPECT_EQ(end.input_ids,
            (std::vector<TokenId>{ids[0], *(ids.end() - 4), *(ids.end() - 3), *(ids.end() - 2), ids.back()}));

  const std::string texts[] = {"a", text};
  const Status refused = embedder_->embed(texts, {.max_length = 5, .overlong = Overlong::kRefuse}).status();
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.id(), kTextTooLong);
}

TEST_F(EmbedderTest, TokenIdsGiveTheVectorsOfTheirText) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  const Embedding text = embed_one("one two three", {});
  const std::vector<TokenId> ids[] = {text.input_ids};
  const auto same = embedder_->embed_tokens({{}, ids}, {}, {});
  ASSERT_TRUE(same.ok()) << same.status().to_string();
  EXPECT_EQ((*same)[0].embedding, text);
  EXPECT_TRUE((*same)[0].hidden.empty());
  const auto cut = embedder_->embed_tokens({{}, ids}, {.max_length = 2}, {});
  ASSERT_TRUE(cut.ok());
  EXPECT_TRUE((*cut)[0].embedding.cut);
  EXPECT_EQ((*cut)[0].embedding.input_ids, (std::vector<TokenId>{ids[0][0], ids[0][1]}));
  const EmbedRequest refuse{.max_length = 2, .overlong = Overlong::kRefuse};
  EXPECT_EQ(embedder_->embed_tokens({{}, ids}, refuse, {}).status().id(), kTextTooLong);
}

TEST_F(EmbedderTest, RawVectorsAreThoseBeforeNormalization) {
  ASSERT_NO_FATAL_FAILURE(load("mini-bge-m3"));
  if (!embedder_) return;
  const std::string texts[] = {"one two three", "four"};
  const auto unit = embedder_->embed(texts, {});
  const auto raw = embedder_->embed_tokens({texts, {}}, {}, {.hidden = true, .raw = true});
  ASSERT_TRUE(unit.ok() && raw.ok());
  for (std::size_t text = 0; text < 2; ++text) {
    const TokenOutput& output = (*raw)[text];
    const std::vector<float>& dense = output.embedding.dense;
    double squares = 0;
    for (const float x : dense) squares += double{x} * x;
    EXPECT_GT(std::abs(squares - 1), 0.01) << "the length of the model's own vector";
    ASSERT_EQ(output.hidden.size(), output.embedding.input_ids.size() * dense.size());
    for (std::size_t i = 0; i < dense.size(); ++i) {
      EXPECT_NEAR((*unit)[text].dense[i], dense[i] / std::sqrt(squares), 1e-5);
      EXPECT_EQ(output.hidden[i], dense[i]) << "the pooled row of this model is the first one";
    }
  }
  EXPECT_EQ(
      embedder_->embed_tokens({texts, {}}, {.dimensions = 3}, {.raw = true})->front().embedding.dense.size(),
      3u);
}

TEST_F(EmbedderTest, RefusesARerankerModel) {
  const auto folder = linked_model("mini-bge-reranker", models_.path());
  if (!folder) GTEST_SKIP() << missing_shared_data();
  const auto refused = LocalEmbedder::load("r", *ModelFiles::open(*folder), *device_, {});
  EXPECT_EQ(refused.status().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace rappel
