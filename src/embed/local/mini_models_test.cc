// The models of testdata/models against the reference values of testdata/models/goldens.jsonl: token ids,
// dense vectors, lexical weights and reranker scores, on the CPU device.
#include <gtest/gtest.h>

#include <map>

#include "base/thread_pool.h"
#include "embed/local/local_embedder.h"
#include "embed/local/local_reranker.h"
#include "engine/cpu/cpu_device.h"
#include "testing/json_lines.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

// Largest differences that float32 engines can hold (see goldens-models/README.md of the reference data).
constexpr double kVectorTolerance = 1e-5;
constexpr double kScoreTolerance = 5e-5;

class MiniModels : public testing::Test {
 protected:
  std::shared_ptr<const ModelFiles> open(const std::string& model) {
    auto files = ModelFiles::open(*linked_model(model, models_.path()));
    EXPECT_TRUE(files.ok()) << files.status().to_string();
    return *files;
  }
  // The golden rows of a model; never empty.
  static std::vector<Json> rows_of(const std::string& model) {
    std::vector<Json> rows;
    for (Json& row : read_json_lines("testdata/models/goldens.jsonl"))
      if (row["model"] == model) rows.push_back(std::move(row));
    EXPECT_FALSE(rows.empty()) << model;
    return rows;
  }

  TempDir models_;
  ThreadPool pool_{2};
  std::unique_ptr<Device> device_ = make_cpu_device(pool_, {});
};

TEST_F(MiniModels, EmbeddersMatchReferenceValues) {
  for (const std::string model : {"mini-bert-embedder", "mini-bge-m3"}) {
    auto embedder = LocalEmbedder::load(model, open(model), *device_, {});
    ASSERT_TRUE(embedder.ok()) << embedder.status().to_string();
    for (const Json& row : rows_of(model)) {
      const std::string texts[] = {row["text"]};
      const bool sparse = row.contains("lexical");
      const auto embedded = (*embedder)->embed(texts, {.dense = true, .sparse = sparse});
      ASSERT_TRUE(embedded.ok()) << embedded.status().to_string();
      const Embedding& got = (*embedded)[0];
      EXPECT_EQ(got.input_ids, row["input_ids"].get<std::vector<TokenId>>()) << model << ": " << texts[0];
      ASSERT_EQ(got.dense.size(), row["dense"].size());
      for (std::size_t i = 0; i < got.dense.size(); ++i)
        ASSERT_NEAR(got.dense[i], row["dense"][i].get<double>(), kVectorTolerance)
            << model << ": " << texts[0];
      ASSERT_EQ(got.sparse.size(), sparse ? row["lexical"].size() : 0) << model << ": " << texts[0];
      for (const auto& [id, weight] : got.sparse)
        ASSERT_NEAR(weight, row["lexical"].value(std::to_string(id), -1.0), kVectorTolerance);
    }
  }
}

TEST_F(MiniModels, RerankersMatchReferenceScores) {
  for (const std::string model : {"mini-bert-cross-encoder", "mini-bge-reranker"}) {
    auto reranker = LocalReranker::load(model, open(model), *device_, {.max_length = 512});
    ASSERT_TRUE(reranker.ok()) << reranker.status().to_string();
    for (const Json& row : rows_of(model)) {
      const std::string passages[] = {row["passage"]};
      const auto logits = (*reranker)->logits(row["query"], passages);
      ASSERT_TRUE(logits.ok()) << logits.status().to_string();
      EXPECT_NEAR((*logits)[0], row["score"].get<double>(), kScoreTolerance) << model << ": " << passages[0];
    }
  }
}

}  // namespace
}  // namespace rappel
