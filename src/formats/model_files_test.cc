#include "formats/model_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "base/os/file.h"
#include "formats/finite.h"
#include "formats/test_pickles.h"
#include "testing/byte_files.h"
#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// A whole little model, written by hand: hidden 2, vocabulary 3, 4 positions.
class MadeModel : public testing::Test {
 protected:
  void SetUp() override {
    write("tokenizer.json", "{}");
    write("config.json",
          R"({"model_type":"bert","hidden_size":2,"num_hidden_layers":1,"num_attention_heads":1,)"
          R"("intermediate_size":2,"vocab_size":3,"max_position_embeddings":4})");
  }
  void write(const std::string& name, const std::string& content) {
    ASSERT_TRUE(write_file_atomic(dir_.path() / name, content).ok());
  }
  Result<std::shared_ptr<const ModelFiles>> open() { return ModelFiles::open(dir_.path()); }
  // The error without the folder's name.
  std::string error() {
    std::string message = open().status().message();
    const std::string folder = dir_.path().string();
    for (std::size_t at; (at = message.find(folder)) != std::string::npos;)
      message.replace(at, folder.size(), "DIR");
    return message;
  }
  // A safetensors file of f32 tensors each filled with one byte that follows from its shape.
  static std::string weights(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& tensors) {
    std::string header = "{";
    std::string data;
    for (const auto& [name, shape] : tensors) {
      const std::size_t begin = data.size();
      data +=
          std::string(static_cast<std::size_t>(*tensor_bytes(shape, 4)), static_cast<char>(shape.front()));
      header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":)" +
                shape_text(shape) + R"(,"data_offsets":[)" + std::to_string(begin) + "," +
                std::to_string(data.size()) + "]}";
    }
    header += "}";
    return little(header.size(), 8) + header + data;
  }
  static inline const std::vector<std::pair<std::string, std::vector<std::int64_t>>> kTables = {
      {"bert.embeddings.word_embeddings.weight", {3, 2}},
      {"bert.embeddings.position_embeddings.weight", {4, 2}}};
  static std::string torch_tables() {
    using pickles::Tensor;
    return pickles::torch_file(pickles::state_dict({Tensor{.name = "embeddings.word_embeddings.weight",
                                                           .storage_elements = 6,
                                                           .shape = {3, 2},
                                                           .strides = {2, 1}},
                                                    Tensor{.name = "embeddings.position_embeddings.weight",
                                                           .key = "1",
                                                           .storage_elements = 8,
                                                           .shape = {4, 2},
                                                           .strides = {2, 1}},
                                                    Tensor{.name = "embeddings.LayerNorm.gamma",
                                                           .key = "1",
                                                           .storage_elements = 8,
                                                           .shape = {2},
                                                           .strides = {1}},
                                                    Tensor{.name = "embeddings.LayerNorm.beta",
                                                           .key = "1",
                                                           .storage_elements = 8,
                                                           .offset = 2,
                                                           .shape = {2},
                                                           .strides = {1}}}),
                               {std::string(24, 'w'), std::string(32, 'p')});
  }
  TempDir dir_;
};

constexpr const char* kPull = "; `rappel model pull NAME` fetches a complete model";

TEST_F(MadeModel, SafetensorsArePreferred) {
  write("pytorch_model.bin", torch_tables());
  auto files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  EXPECT_EQ((*files)->find("embeddings.word_embeddings.weight")->file,
            (dir_.path() / "pytorch_model.bin").string());
  EXPECT_NE((*files)->find("embeddings.LayerNorm.weight"), nullptr);
  EXPECT_NE((*files)->find("embeddings.LayerNorm.bias"), nullptr);
  write("model.safetensors", weights(kTables));
  files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  EXPECT_EQ((*files)->find("embeddings.word_embeddings.weight")->file,
            (dir_.path() / "model.safetensors").string());
  EXPECT_EQ((*files)->find("embeddings.LayerNorm.weight"), nullptr);
}

TEST_F(MadeModel, Shards) {
  write("one.safetensors", weights({kTables[0]}));
  write("two.safetensors", weights({kTables[1]}));
  const auto index = [](const std::string& second) {
    return R"({"metadata":{},"weight_map":{"bert.embeddings.word_embeddings.weight":"one.safetensors",)"
           R"("bert.embeddings.position_embeddings.weight":")" +
           second + "\"}}";
  };
  write("model.safetensors.index.json", index("two.safetensors"));
  const auto files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  EXPECT_EQ((*files)->tensors().size(), 2u);
  write("model.safetensors.index.json", index("three.safetensors"));
  EXPECT_EQ(error(), std::string("DIR: shard three.safetensors is missing") + kPull);
  write("model.safetensors.index.json", index("one.safetensors"));
  EXPECT_EQ(error(),
            "DIR/model.safetensors.index.json: tensor bert.embeddings.position_embeddings.weight is not in "
            "one.safetensors");
  for (const char* outside : {"../two.safetensors", "/two.safetensors", "two.bin", "a/two.safetensors"}) {
    write("model.safetensors.index.json", index(outside));
    EXPECT_EQ(error(),
              "DIR/model.safetensors.index.json: tensor bert.embeddings.position_embeddings.weight is in no "
              "file of this folder");
  }
  write("model.safetensors.index.json", "{\"weight_map\":[]}");
  EXPECT_EQ(error(), "DIR/model.safetensors.index.json: has no weight_map");
  write("model.safetensors.index.json", "{");
  EXPECT_TRUE(error().starts_with("DIR/model.safetensors.index.json: malformed JSON")) << error();
}

TEST_F(MadeModel, MissingFilesAreNamed) {
  EXPECT_EQ(ModelFiles::open(dir_.path() / "nowhere").status().message(),
            "no model folder at " + (dir_.path() / "nowhere").string() + kPull);
  EXPECT_EQ(error(),
            std::string("DIR: the weights are missing (looked for model.safetensors, "
                        "model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json)") +
                kPull);
  fs::remove(dir_.path() / "tokenizer.json");
  EXPECT_EQ(error(), std::string("DIR: tokenizer.json is missing") + kPull);
  write("sentencepiece.bpe.model", "x");
  EXPECT_EQ(error(),
            std::string("DIR: tokenizer.json is missing and sentencepiece.bpe.model alone is not supported; "
                        "the model's repository usually has tokenizer.json, else transformers writes it: "
                        "AutoTokenizer.from_pretrained(folder).save_pretrained(folder)") +
                kPull);
  fs::remove(dir_.path() / "config.json");
  EXPECT_EQ(error(), std::string("DIR: config.json is missing") + kPull);
}

TEST_F(MadeModel, MismatchesNameFileTensorAndShapes) {
  write("model.safetensors", weights({{"embeddings.word_embeddings.weight", {3, 3}}}));
  EXPECT_EQ(error(),
            "DIR/model.safetensors: tensor embeddings.word_embeddings.weight has shape [3, 3], [3, 2] was "
            "expected from config.json");
  write("model.safetensors", weights({kTables[0]}));
  EXPECT_EQ(error(),
            "DIR: tensor embeddings.position_embeddings.weight of shape [4, 2] is missing; the weights do "
            "not belong to this config.json");
  write("model.safetensors",
        weights({kTables[0], kTables[1], {"embeddings.word_embeddings.weight", {3, 2}}}));
  EXPECT_EQ(error(),
            "DIR/model.safetensors: tensor embeddings.word_embeddings.weight is also in "
            "DIR/model.safetensors or twice here under two prefixes");
  write("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n");
  EXPECT_EQ(error(),
            std::string("DIR/model.safetensors: is a Git LFS pointer, not the weights; run `git lfs pull` "
                        "there") +
                kPull);
  const std::string good = weights(kTables);
  write("model.safetensors", good.substr(0, good.size() - 1));
  EXPECT_TRUE(
      error().starts_with("DIR/model.safetensors: tensor bert.embeddings.position_embeddings.weight lies"))
      << error();
}

TEST_F(MadeModel, LayersBeyondTheConfigurationAreRefused) {
  auto tensors = kTables;
  tensors.push_back({"bert.encoder.layer.0.output.dense.bias", {2}});
  write("model.safetensors", weights(tensors));
  EXPECT_EQ(error(), "");
  tensors.push_back({"bert.encoder.layer.1.output.dense.bias", {2}});
  write("model.safetensors", weights(tensors));
  EXPECT_EQ(error(),
            "DIR/model.safetensors: has tensor encoder.layer.1.output.dense.bias, but config.json has "
            "num_hidden_layers 1; the files do not belong together");
  EXPECT_EQ(open().status().id(), "model-damaged");
}

TEST_F(MadeModel, TruncatedFileIsNamed) {
  write("model.safetensors", weights(kTables));
  const auto files = *open();
  EXPECT_TRUE(files->check().ok());
  fs::resize_file(dir_.path() / "model.safetensors", 100);
  EXPECT_EQ(files->check().id(), "model-damaged");
  EXPECT_NE(files->check().message().find("model.safetensors: the file was changed in place"),
            std::string::npos);
}

TEST(Finite, SeesNanAndInfinityInEachType) {
  const auto view = [](DType type, const auto& numbers) {
    return TensorView{.dtype = type,
                      .shape = {static_cast<std::int64_t>(numbers.size())},
                      .bytes = std::as_bytes(std::span(numbers))};
  };
  std::vector<float> numbers(1000, -3.4e38f);
  EXPECT_TRUE(is_finite(view(DType::kF32, numbers)));
  numbers[999] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(is_finite(view(DType::kF32, numbers)));
  std::vector<std::uint16_t> halves = {0x7BFF, 0xFBFF, 0, 0x3C00};
  EXPECT_TRUE(is_finite(view(DType::kF16, halves)));
  EXPECT_TRUE(is_finite(view(DType::kBF16, halves)));
  halves[1] = 0xFC00;
  EXPECT_FALSE(is_finite(view(DType::kF16, halves)));
  halves[1] = 0x7F80;
  EXPECT_FALSE(is_finite(view(DType::kBF16, halves)));
  const std::vector<double> doubles = {1, -std::numeric_limits<double>::infinity()};
  EXPECT_FALSE(is_finite(view(DType::kF64, doubles)));
}

TEST_F(MadeModel, OnlyFloatsAreWeights) {
  std::string file = weights(kTables);
  write("model.safetensors", file.replace(file.find("F32"), 3, "I32"));
  EXPECT_EQ(
      error(),
      "DIR/model.safetensors: tensor embeddings.word_embeddings.weight is of type other; f64, f32, f16 and "
      "bf16 are supported");
}

TEST_F(MadeModel, HeadsByTensors) {
  auto tensors = kTables;
  tensors.push_back({"classifier.weight", {1, 2}});
  write("model.safetensors", weights(tensors));
  auto files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  EXPECT_EQ((*files)->config().head, HeadKind::kClassification);
  tensors.back() = {"classifier.weight", {3, 2}};
  write("model.safetensors", weights(tensors));
  EXPECT_EQ(error(),
            "DIR/model.safetensors: classifier.weight has shape [3, 2], a reranker has one row [1, 2]");

  write("model.safetensors", weights(kTables));
  write("config.json",
        R"({"architectures":["BertForSequenceClassification"],"hidden_size":2,"num_hidden_layers":1,)"
        R"("num_attention_heads":1,"intermediate_size":2,"vocab_size":3,"max_position_embeddings":4})");
  EXPECT_EQ(error(),
            "DIR: config.json names a classification model, but tensor classifier.weight is missing");
}

TEST_F(MadeModel, IdentityFollowsContentNotContainer) {
  write("model.safetensors", weights(kTables));
  const std::string first = (*open())->identity();
  EXPECT_EQ(first.size(), 16u);
  EXPECT_EQ((*open())->identity(), first);
  TempDir elsewhere;
  fs::copy(dir_.path(), elsewhere.path() / "copy", fs::copy_options::recursive);
  EXPECT_EQ((*ModelFiles::open(elsewhere.path() / "copy"))->identity(), first);

  const std::string good = weights(kTables);
  std::string changed = good;
  changed.back() ^= 1;
  write("model.safetensors", changed);
  EXPECT_NE((*open())->identity(), first);
  write("model.safetensors", good);
  write("tokenizer.json", "{ }");
  EXPECT_NE((*open())->identity(), first);
  write("tokenizer.json", "{}");
  write("sentence_bert_config.json", R"({"max_seq_length":3})");
  EXPECT_NE((*open())->identity(), first);
  fs::remove(dir_.path() / "sentence_bert_config.json");
  EXPECT_EQ((*open())->identity(), first);
  // The same tensors without the prefix.
  write("model.safetensors", weights({{"embeddings.word_embeddings.weight", {3, 2}},
                                      {"embeddings.position_embeddings.weight", {4, 2}}}));
  EXPECT_EQ((*open())->identity(), first);
}

TEST_F(MadeModel, Float64WeightsBecomeFloat32) {
  using pickles::Tensor;
  std::string words, positions;
  for (int i = 0; i < 6; ++i) words += little(0x3ff8000000000000, 8);
  for (int i = 0; i < 8; ++i) positions += little(0xc000000000000000, 8);
  write("pytorch_model.bin",
        pickles::torch_file(pickles::state_dict({Tensor{.name = "embeddings.word_embeddings.weight",
                                                        .storage_elements = 6,
                                                        .shape = {3, 2},
                                                        .strides = {1, 3},
                                                        .storage = "DoubleStorage"},
                                                 Tensor{.name = "embeddings.position_embeddings.weight",
                                                        .key = "1",
                                                        .storage_elements = 8,
                                                        .shape = {4, 2},
                                                        .strides = {2, 1},
                                                        .storage = "DoubleStorage"}}),
                            {words, positions}));
  const auto files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  const auto view = (*files)->tensor("embeddings.word_embeddings.weight", {3, 2});
  ASSERT_TRUE(view.ok()) << view.status().to_string();
  EXPECT_EQ(view->dtype, DType::kF32);
  std::vector<float> values(6);
  view->to_float(values);
  EXPECT_EQ(values, std::vector<float>(6, 1.5f));
  view->release();
}

TEST_F(MadeModel, TransformerInItsOwnFolder) {
  write("model.safetensors", weights(kTables));
  const std::string identity = (*open())->identity();
  fs::create_directory(dir_.path() / "0_Transformer");
  for (const char* name : {"config.json", "tokenizer.json", "model.safetensors"})
    fs::rename(dir_.path() / name, dir_.path() / "0_Transformer" / name);
  write("modules.json", R"([{"path":"0_Transformer","type":"sentence_transformers.models.Transformer"},)"
                        R"({"path":"1_Pooling","type":"sentence_transformers.models.Pooling"},)"
                        R"({"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])");
  fs::create_directory(dir_.path() / "1_Pooling");
  write("1_Pooling/config.json", "{}");
  const auto files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  EXPECT_EQ((*files)->tokenizer_path(), dir_.path() / "0_Transformer" / "tokenizer.json");
  EXPECT_EQ((*files)->identity(), identity);
  fs::remove(dir_.path() / "0_Transformer" / "model.safetensors");
  EXPECT_TRUE(error().starts_with("DIR/0_Transformer: the weights are missing")) << error();
}

TEST_F(MadeModel, NotesOfTheTokenizerAndTheConfiguration) {
  write("model.safetensors", weights(kTables));
  const std::string plain = (*open())->identity();
  const std::string weights_identity = (*open())->weights_identity();
  const auto tokenizer = [&](const std::string& lowercase) {
    write(
        "tokenizer.json",
        R"({"normalizer":{"type":"BertNormalizer","lowercase":)" + lowercase +
            R"(},"model":{"type":"WordPiece","unk_token":"a","continuing_subword_prefix":"##","vocab":{"a":0}}})");
  };
  tokenizer("true");
  const auto agreeing = open();
  ASSERT_TRUE(agreeing.ok()) << agreeing.status().to_string();
  EXPECT_EQ((*agreeing)->config().notes.size(), 2u);  // no pooling, no sentence_bert_config.json
  write("tokenizer_config.json", R"({"do_lower_case":false})");
  const auto changed = open();
  ASSERT_TRUE(changed.ok()) << changed.status().to_string();
  ASSERT_EQ((*changed)->config().notes.size(), 4u);
  EXPECT_EQ((*changed)->config().notes[2],
            "lower case: off, from tokenizer_config.json (do_lower_case); tokenizer.json says on");
  EXPECT_NE((*changed)->identity(), (*agreeing)->identity());
  EXPECT_EQ((*changed)->weights_identity(), weights_identity);
  EXPECT_EQ(read_model_folder(dir_.path())->notes, (*changed)->config().notes);
  write("sentence_bert_config.json", R"({"do_lower_case":true})");
  EXPECT_EQ(
      error(),
      "DIR: sentence_bert_config.json: do_lower_case with a tokenizer that keeps case is not supported");
  write("tokenizer_config.json", R"({"do_lower_case":true})");
  EXPECT_TRUE(open().ok());
}

TEST_F(MadeModel, TokenTypesThatTheModelLacksAreRefused) {
  auto tensors = kTables;
  tensors.push_back({"classifier.weight", {1, 2}});
  write("model.safetensors", weights(tensors));
  write("config.json",
        R"({"model_type":"bert","hidden_size":2,"num_hidden_layers":1,"num_attention_heads":1,)"
        R"("intermediate_size":2,"vocab_size":3,"max_position_embeddings":4,"type_vocab_size":1})");
  write("tokenizer.json",
        R"({"model":{"type":"WordPiece","unk_token":"a","continuing_subword_prefix":"##","vocab":{"a":0}}})");
  EXPECT_EQ(error(),
            "DIR: tokenizer.json gives a pair 2 token types, but config.json has type_vocab_size 1; leave "
            "\"token_type_ids\" out of model_input_names in tokenizer_config.json");
  write("tokenizer_config.json", R"({"model_input_names":["input_ids","attention_mask"]})");
  const auto files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  // The tensors make it a reranker: nothing is said about pooling.
  EXPECT_TRUE((*files)->config().notes.empty());
}

TEST_F(MadeModel, HeadFilesOfParallelTraining) {
  using pickles::Tensor;
  write("model.safetensors", weights(kTables));
  write("sparse_linear.pt",
        pickles::torch_file(
            pickles::state_dict(
                {Tensor{.name = "module.weight", .storage_elements = 2, .shape = {1, 2}, .strides = {2, 1}},
                 Tensor{.name = "module.bias", .storage_elements = 2, .shape = {1}, .strides = {1}}}),
            {std::string(8, 'w')}));
  const auto files = open();
  ASSERT_TRUE(files.ok()) << files.status().to_string();
  EXPECT_NE((*files)->find("sparse_linear.weight"), nullptr);
  EXPECT_NE((*files)->find("sparse_linear.bias"), nullptr);
  EXPECT_EQ((*files)->config().pooling, Pooling::kCls);
}

}  // namespace
}  // namespace rappel
