// Weights and vectors of tokens on their way from a model with all heads into the embedded store.
#include <gtest/gtest.h>

#include <map>

#include "base/thread_pool.h"
#include "codec/float16.h"
#include "embed/local/local_embedder.h"
#include "engine/cpu/cpu_device.h"
#include "retrieve/ingest.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/stored_colbert.h"
#include "store/sqlite/stored_sparse.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class IngestSignals : public testing::Test {
 protected:
  void SetUp() override {
    const auto model = linked_model("mini-bge-m3", dir_.path());
    if (!model) GTEST_SKIP() << missing_shared_data();
    auto embedder = LocalEmbedder::load("mini", *ModelFiles::open(*model), *device_, {});
    ASSERT_TRUE(embedder.ok()) << embedder.status().to_string();
    embedder_ = std::move(*embedder);
    const SqliteStoreOptions options{.folder = dir_.path() / "data", .model = embedder_->identity()};
    store_ = std::move(*open_sqlite_store(options));
    db_ = std::move(*sqlite::Connection::open(sqlite_store_file(options.folder), 1000));
  }
  void ingest(const std::string& text, bool token_vectors) {
    const auto ids = upsert_documents(*store_, *embedder_, {.token_vectors = token_vectors},
                                      {{"a", text, {}}}, CallContext());
    ASSERT_TRUE(ids.ok()) << ids.status().to_string();
  }
  Embedding embed(const std::string& text) {
    EmbedRequest request{.sparse = true, .colbert = true, .role = TextRole::kDocument};
    auto embedded = embedder_->embed({&text, 1}, request);
    EXPECT_TRUE(embedded.ok()) << embedded.status().to_string();
    return std::move((*embedded)[0]);
  }

  TempDir dir_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_cpu_device(pool_, {});
  std::unique_ptr<LocalEmbedder> embedder_;
  std::unique_ptr<DocumentStore> store_;
  std::unique_ptr<sqlite::Connection> db_;
};

const std::string kText = "The otter swims in the river and eats fish.";

TEST_F(IngestSignals, WeightsOfTheModelAreStored) {
  ASSERT_NO_FATAL_FAILURE(ingest(kText, false));
  std::map<std::uint32_t, float> expected;
  for (const auto& [token, weight] : embed(kText).sparse)
    expected[static_cast<std::uint32_t>(token)] = f16_to_float(float_to_f16(weight));
  ASSERT_GT(expected.size(), 3u);
  sqlite::StoredSparse sparse(*db_);
  const auto stored = sparse.read(1);
  ASSERT_TRUE(stored.ok() && *stored);
  std::map<std::uint32_t, float> found;
  for (const TokenWeight& one : **stored) found[one.token] = one.weight;
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(*sqlite::read_token_vectors(*db_, 1));
}

TEST_F(IngestSignals, VectorsOfTokensAreStoredIfAskedFor) {
  ASSERT_NO_FATAL_FAILURE(ingest(kText, true));
  const std::vector<float> expected = embed(kText).colbert;
  const auto stored = sqlite::read_token_vectors(*db_, 1);
  ASSERT_TRUE(stored.ok() && *stored);
  const TokenVectors& tokens = **stored;
  ASSERT_EQ(tokens.codes.size(), expected.size());
  EXPECT_EQ(tokens.scales.size(), embed(kText).input_ids.size() - 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const float scale = tokens.scales[i / tokens.dimension];
    ASSERT_NEAR(static_cast<float>(tokens.codes[i]) * scale, expected[i], 0.501f * scale) << i;
  }
}

// More than an upload keeps in memory: chunks wait in a file and come back with what they had.
TEST_F(IngestSignals, LargeUploadKeepsTheSignalsOfEachChunk) {
  std::string text;
  for (int i = 0; text.size() < 40'000; ++i)
    text += "Otter number " + std::to_string(i) + " swims in the river. ";
  ASSERT_NO_FATAL_FAILURE(ingest(text, true));
  const std::int64_t chunks = store_->stats()->chunks;
  ASSERT_GT(chunks, 20);
  sqlite::StoredSparse sparse(*db_);
  for (std::int64_t row = 1; row <= chunks; ++row) {
    const auto chunk = store_->chunk_at("a", static_cast<std::uint32_t>(row - 1));
    ASSERT_TRUE(chunk.ok() && *chunk);
    const auto weights = sparse.read(row);
    const auto vectors = sqlite::read_token_vectors(*db_, row);
    ASSERT_TRUE(weights.ok() && *weights && vectors.ok() && *vectors) << row;
    const Embedding expected = embed((*chunk)->text);
    EXPECT_EQ((*weights)->size(), expected.sparse.size()) << row;
    EXPECT_EQ((*vectors)->codes.size(), expected.colbert.size()) << row;
  }
}

}  // namespace
}  // namespace rappel
