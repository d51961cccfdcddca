// Complete models: the small ones of the reference data, published heads and configurations, MiniLM.
#include "formats/model_files.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/os/file.h"
#include "codec/sha256.h"
#include "formats/test_pickles.h"
#include "testing/byte_files.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// The values that numpy reads from the published files: places 0, n/2 and n-1, the sum of absolute values in
// float64, and the beginning of the SHA-256 of the bytes.
struct Expected {
  const char* name;
  DType dtype;
  std::vector<std::int64_t> shape;
  float first, middle, last;
  double absolute_sum;
  const char* digest;
};

void expect_tensor(const ModelFiles& files, const Expected& expected) {
  SCOPED_TRACE(expected.name);
  const auto view = files.tensor(expected.name, expected.shape);
  ASSERT_TRUE(view.ok()) << view.status().to_string();
  EXPECT_EQ(view->dtype, expected.dtype);
  std::vector<float> values(view->elements());
  view->to_float(values);
  EXPECT_EQ(values.front(), expected.first);
  EXPECT_EQ(values[values.size() / 2], expected.middle);
  EXPECT_EQ(values.back(), expected.last);
  double sum = 0;
  for (const float value : values) sum += std::fabs(static_cast<double>(value));
  EXPECT_NEAR(sum, expected.absolute_sum, 1e-9 * expected.absolute_sum);
  Sha256 hash;
  hash.update(view->bytes);
  EXPECT_EQ(hash.finish_hex().substr(0, 16), expected.digest);
}

class SharedModels : public testing::Test {
 protected:
  // Skips the test when the data is absent.
  std::shared_ptr<const ModelFiles> open(const std::string& name) {
    const auto folder = linked_model(name, dir_.path());
    if (!folder) return nullptr;
    auto files = ModelFiles::open(*folder);
    EXPECT_TRUE(files.ok()) << files.status().to_string();
    if (!files.ok()) return nullptr;
    for (const std::string& note : (*files)->config().notes)
      ADD_FAILURE() << "a complete model has a note: " << note;
    return *files;
  }
  TempDir dir_;
};

TEST_F(SharedModels, BgeM3) {
  const auto files = open("tiny-bge-m3");
  if (!files) GTEST_SKIP() << missing_shared_data();
  const ModelConfig& c = files->config();
  EXPECT_EQ(c.family, Family::kXlmRoberta);
  EXPECT_EQ(c.head, HeadKind::kEmbedding);
  EXPECT_EQ(c.pooling, Pooling::kCls);
  EXPECT_TRUE(c.normalize);
  EXPECT_EQ(c.max_length, 8192);
  EXPECT_EQ(c.position_offset, 2);
  EXPECT_EQ(files->tensors().size(), 59u);
  EXPECT_EQ(files->tokenizer_path().filename(), "tokenizer.json");
  for (const Expected& expected : std::vector<Expected>{{"embeddings.word_embeddings.weight",
                                                         DType::kF16,
                                                         {250002, 32},
                                                         -0.053070068359375f,
                                                         0.0269012451171875f,
                                                         -0.27783203125f,
                                                         638402.7064856887,
                                                         "c348b4ade08e1b18"},
                                                        {"encoder.layer.0.attention.self.query.weight",
                                                         DType::kF16,
                                                         {32, 32},
                                                         -0.170166015625f,
                                                         0.058074951171875f,
                                                         0.431640625f,
                                                         260.4918700456619,
                                                         "3cb942c58514d12f"},
                                                        {"encoder.layer.2.output.LayerNorm.bias",
                                                         DType::kF16,
                                                         {32},
                                                         0.14453125f,
                                                         0.01861572265625f,
                                                         -0.06646728515625f,
                                                         2.640294671058655,
                                                         "6a26b926a6a08204"},
                                                        {"sparse_linear.weight",
                                                         DType::kF16,
                                                         {1, 32},
                                                         0.0164031982421875f,
                                                         0.10150146484375f,
                                                         -0.08038330078125f,
                                                         2.6526979207992554,
                                                         "3c31e646f6042282"},
                                                        {"sparse_linear.bias",
                                                         DType::kF16,
                                                         {1},
                                                         -0.90087890625f,
                                                         -0.90087890625f,
                                                         -0.90087890625f,
                                                         0.90087890625,
                                                         "3a177887c5dda2fb"},
                                                        {"colbert_linear.weight",
                                                         DType::kF16,
                                                         {32, 32},
                                                         0.1566162109375f,
                                                         0.469970703125f,
                                                         0.0379638671875f,
                                                         142.42801171541214,
                                                         "61400cdb9f47466d"},
                                                        {"colbert_linear.bias",
                                                         DType::kF16,
                                                         {32},
                                                         0.451171875f,
                                                         -0.7978515625f,
                                                         -1.5341796875f,
                                                         22.970367431640625,
                                                         "f1a02da43b48798b"}})
    expect_tensor(*files, expected);
}

TEST_F(SharedModels, BgeRerankerV2M3) {
  const auto files = open("tiny-bge-reranker-v2-m3");
  if (!files) GTEST_SKIP() << missing_shared_data();
  EXPECT_EQ(files->config().family, Family::kXlmRoberta);
  EXPECT_EQ(files->config().head, HeadKind::kClassification);
  EXPECT_EQ(files->config().max_length, 8192);
  EXPECT_EQ(files->tensors().size(), 41u);
  expect_tensor(*files, {"classifier.out_proj.weight",
                         DType::kF16,
                         {1, 48},
                         -0.208251953125f,
                         0.282470703125f,
                         -0.1416015625f,
                         25.08031177520752,
                         "acbc8bae09c5b269"});
  expect_tensor(*files, {"encoder.layer.1.output.dense.weight",
                         DType::kF16,
                         {48, 64},
                         -0.00765228271484375f,
                         0.1796875f,
                         -0.08929443359375f,
                         500.7700031399727,
                         "cd5f06aa6052b3ce"});
}

TEST_F(SharedModels, BertEmbedder) {
  const auto files = open("tiny-bert-embedder");
  if (!files) GTEST_SKIP() << missing_shared_data();
  EXPECT_EQ(files->config().family, Family::kBert);
  EXPECT_EQ(files->config().head, HeadKind::kEmbedding);
  EXPECT_EQ(files->config().pooling, Pooling::kCls);
  EXPECT_EQ(files->config().max_length, 512);
  expect_tensor(*files, {"embeddings.LayerNorm.weight",
                         DType::kF32,
                         {48},
                         1.1213672161102295f,
                         0.9751647710800171f,
                         1.0820369720458984f,
                         48.93198323249817,
                         "9897bc721cf39e8f"});
  expect_tensor(*files, {"encoder.layer.1.attention.self.key.bias",
                         DType::kF32,
                         {48},
                         -0.021442659199237823f,
                         -0.016382187604904175f,
                         -0.09897229820489883f,
                         2.9409718080423772,
                         "28236c387687b9f0"});
}

TEST_F(SharedModels, BertCrossEncoders) {
  const auto tiny = open("tiny-bert-cross-encoder");
  if (!tiny) GTEST_SKIP() << missing_shared_data();
  EXPECT_EQ(tiny->config().head, HeadKind::kClassification);
  EXPECT_EQ(tiny->config().max_length, 512);
  expect_tensor(*tiny, {"classifier.weight",
                        DType::kF32,
                        {1, 48},
                        0.7701252698898315f,
                        0.7441467046737671f,
                        -0.08143363147974014f,
                        28.49331648729276,
                        "04400cfed3eacaad"});
  const auto trained = open("rappel-rerank-mini-en");
  ASSERT_NE(trained, nullptr);
  EXPECT_EQ(trained->config().head, HeadKind::kClassification);
  EXPECT_EQ(trained->config().hidden, 384);
  expect_tensor(*trained, {"encoder.layer.5.intermediate.dense.weight",
                           DType::kF16,
                           {1536, 384},
                           -0.1265869140625f,
                           0.03802490234375f,
                           0.033111572265625f,
                           25955.93662518263,
                           "50772b2607d4d12e"});
}

TEST(ModelFiles, RealMiniLm) {
  const auto folder = minilm_model();
  if (!folder)
    GTEST_SKIP()
        << "all-MiniLM-L6-v2 not found: scripts/fetch-models all-MiniLM-L6-v2 gets it, or set RAPPEL_MINILM";
  const auto files = ModelFiles::open(*folder);
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  EXPECT_EQ((*files)->config().pooling, Pooling::kMean);
  EXPECT_TRUE((*files)->config().normalize);
  EXPECT_EQ((*files)->config().max_length, 256);
  EXPECT_TRUE((*files)->tensor("encoder.layer.5.output.dense.weight", {384, 1536}).ok());
  // Stores hold the first one, `rappel check` knows the second one.
  EXPECT_EQ((*files)->identity(), "61a0efc1104c71c6");
  EXPECT_EQ((*files)->weights_identity(), "a34188a1293acf9a");
  EXPECT_TRUE((*files)->config().notes.empty());
}

TEST(BgeM3Heads, RealFiles) {
  const auto sparse = shared_data("bge-m3/sparse_linear.pt");
  const auto colbert = shared_data("bge-m3/colbert_linear.pt");
  if (!sparse || !colbert) GTEST_SKIP() << missing_shared_data();
  // The heads with a stand-in for the 2 GB encoder: the same configuration with two small tables.
  TempDir dir;
  fs::copy(*sparse, dir.path() / "sparse_linear.pt");
  fs::copy(*colbert, dir.path() / "colbert_linear.pt");
  ASSERT_TRUE(write_file_atomic(dir.path() / "tokenizer.json", "{}").ok());
  ASSERT_TRUE(write_file_atomic(dir.path() / "config.json",
                                R"({"model_type":"xlm-roberta","hidden_size":1024,"num_hidden_layers":24,)"
                                R"("num_attention_heads":16,"intermediate_size":4096,"vocab_size":2,)"
                                R"("max_position_embeddings":4})")
                  .ok());
  using pickles::Tensor;
  ASSERT_TRUE(
      write_file_atomic(
          dir.path() / "pytorch_model.bin",
          pickles::torch_file(pickles::state_dict({Tensor{.name = "embeddings.word_embeddings.weight",
                                                          .storage_elements = 4096,
                                                          .shape = {2, 1024},
                                                          .strides = {1024, 1}},
                                                   Tensor{.name = "embeddings.position_embeddings.weight",
                                                          .storage_elements = 4096,
                                                          .shape = {4, 1024},
                                                          .strides = {1024, 1}}}),
                              {std::string(16384, '\0')}))
          .ok());
  const auto files = ModelFiles::open(dir.path());
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  for (const Expected& expected : std::vector<Expected>{{"sparse_linear.weight",
                                                         DType::kF16,
                                                         {1, 1024},
                                                         0.00033092498779296875f,
                                                         -0.0029201507568359375f,
                                                         0.0015621185302734375f,
                                                         3.0226261615753174,
                                                         "9ff696ed5c8e9b35"},
                                                        {"sparse_linear.bias",
                                                         DType::kF16,
                                                         {1},
                                                         0.045196533203125f,
                                                         0.045196533203125f,
                                                         0.045196533203125f,
                                                         0.045196533203125,
                                                         "626077bf00373688"},
                                                        {"colbert_linear.weight",
                                                         DType::kF16,
                                                         {1024, 1024},
                                                         -0.005878448486328125f,
                                                         0.00968170166015625f,
                                                         0.01238250732421875f,
                                                         17541.080070853233,
                                                         "024db35eb6602bb6"},
                                                        {"colbert_linear.bias",
                                                         DType::kF16,
                                                         {1024},
                                                         -0.00853729248046875f,
                                                         0.01139068603515625f,
                                                         0.0025997161865234375f,
                                                         15.927062630653381,
                                                         "53d66308968ded56"}})
    expect_tensor(**files, expected);
}

TEST(BgeM3Configs, RealFiles) {
  const auto folder = shared_data("bge-m3/config");
  if (!folder) GTEST_SKIP() << missing_shared_data();
  const auto config = read_model_config([&](const std::string& path) -> Result<std::optional<std::string>> {
    const fs::path file = *folder / (path == "1_Pooling/config.json" ? "1_Pooling_config.json" : path);
    if (!fs::exists(file)) return std::optional<std::string>();
    RAPPEL_ASSIGN(std::string text, read_file(file));
    return std::optional(std::move(text));
  });
  ASSERT_TRUE(config.ok()) << config.status().to_string();
  EXPECT_EQ(config->family, Family::kXlmRoberta);
  EXPECT_EQ(config->hidden, 1024);
  EXPECT_EQ(config->layers, 24);
  EXPECT_EQ(config->heads, 16);
  EXPECT_EQ(config->vocabulary, 250002);
  EXPECT_EQ(config->max_length, 8192);
  EXPECT_EQ(config->layer_norm_eps, 1e-5f);
  EXPECT_EQ(config->pooling, Pooling::kCls);
  EXPECT_TRUE(config->normalize);
}

}  // namespace
}  // namespace rappel
