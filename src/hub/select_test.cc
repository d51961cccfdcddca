#include "hub/select.h"

#include <gtest/gtest.h>

namespace rappel::hub {
namespace {

using Names = std::vector<std::string>;

TEST(HubSelect, SentenceTransformersModel) {
  const auto chosen = choose_files(
      "a/b", {".gitattributes", "1_Pooling/config.json", "README.md", "config.json",
              "config_sentence_transformers.json", "data_config.json", "model.safetensors", "modules.json",
              "onnx/model.onnx", "openvino/openvino_model.bin", "pytorch_model.bin", "rust_model.ot",
              "sentence_bert_config.json", "special_tokens_map.json", "tf_model.h5", "tokenizer.json",
              "tokenizer_config.json", "train_script.py", "vocab.txt"});
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(*chosen, (Names{"1_Pooling/config.json", "config.json", "config_sentence_transformers.json",
                            "model.safetensors", "modules.json", "sentence_bert_config.json",
                            "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"}));
}

TEST(HubSelect, EndlessPoolingFoldersAreRefused) {
  Names offered = {"config.json", "tokenizer.json", "model.safetensors"};
  for (int i = 0; i < 300; ++i) offered.push_back(std::to_string(i) + "_Pooling/config.json");
  EXPECT_EQ(choose_files("a/b", offered).status().code(), Code::kUnsupported);
}

TEST(HubSelect, BgeM3) {
  const auto chosen = choose_files(
      "a/b", {"1_Pooling/config.json", "colbert_linear.pt", "config.json", "imgs/bm25.jpg", "long.jpg",
              "modules.json", "onnx/model.onnx_data", "onnx/tokenizer.json", "pytorch_model.bin",
              "sentencepiece.bpe.model", "sparse_linear.pt", "tokenizer.json"});
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(*chosen, (Names{"1_Pooling/config.json", "colbert_linear.pt", "config.json", "modules.json",
                            "pytorch_model.bin", "sparse_linear.pt", "tokenizer.json"}));
}

TEST(HubSelect, DescriptionOfARerankerIsFetched) {
  const Names offered = {"config.json", "model.safetensors", "rappel.json", "tokenizer.json"};
  EXPECT_EQ(choose_files("a/b", offered).value(), offered);
}

TEST(HubSelect, EncoderInItsOwnFolder) {
  const Names older = {"0_Transformer/config.json",       "0_Transformer/model.safetensors",
                       "0_Transformer/pytorch_model.bin", "0_Transformer/sentence_bert_config.json",
                       "0_Transformer/tokenizer.json",    "0_Transformer/vocab.txt",
                       "1_Pooling/config.json",           "modules.json"};
  const Names expected = {"0_Transformer/config.json",
                          "0_Transformer/model.safetensors",
                          "0_Transformer/sentence_bert_config.json",
                          "0_Transformer/tokenizer.json",
                          "1_Pooling/config.json",
                          "modules.json"};
  EXPECT_EQ(choose_files("a/b", older).value(), expected);
  // Which of both modules.json means is not known before it is fetched.
  Names both = older, all = expected;
  for (const char* name : {"config.json", "model.safetensors", "tokenizer.json"}) {
    both.push_back(name);
    all.push_back(name);
  }
  EXPECT_EQ(choose_files("a/b", both).value(), all);
  EXPECT_NE(choose_files("a/b", {"0_Transformer/config.json", "modules.json"})
                .status()
                .message()
                .find("a/b has no 0_Transformer/tokenizer.json"),
            std::string::npos);
  EXPECT_NE(choose_files("a/b", {"x_Transformer/config.json", "modules.json"})
                .status()
                .message()
                .find("a/b has no config.json"),
            std::string::npos);
}

TEST(HubSelect, OneFormOfTheWeights) {
  Names offered = {
      "config.json",       "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
      "model.safetensors", "model.safetensors.index.json",     "pytorch_model.bin",
      "tokenizer.json"};
  EXPECT_EQ(choose_files("a/b", offered).value(),
            (Names{"config.json", "model.safetensors", "tokenizer.json"}));
  offered.erase(offered.begin() + 3);
  EXPECT_EQ(choose_files("a/b", offered).value(),
            (Names{"config.json", "model.safetensors.index.json", "tokenizer.json"}));
  EXPECT_EQ(choose_files("a/b", {"config.json", "pytorch_model-00001-of-00001.bin",
                                 "pytorch_model.bin.index.json", "tokenizer.json"})
                .value(),
            (Names{"config.json", "pytorch_model.bin.index.json", "tokenizer.json"}));
}

TEST(HubSelect, SentencePieceOnlyWithoutTokenizerJson) {
  EXPECT_EQ(choose_files("a/b", {"config.json", "model.safetensors", "sentencepiece.bpe.model"}).value(),
            (Names{"config.json", "model.safetensors", "sentencepiece.bpe.model"}));
}

TEST(HubSelect, HostileNamesAreNeverChosen) {
  const auto chosen =
      choose_files("a/b", {"../config.json", "/config.json", "config.json", "../1_Pooling/config.json",
                           "x/1_Pooling/config.json", "tokenizer.json", "model.safetensors", "config.json",
                           "1_Pooling/../config.json", "1_Pooling/config.json", "1_Pooling/config.json"});
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(*chosen, (Names{"config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"}));
}

TEST(HubSelect, UnusableRepositoryIsRefused) {
  const auto message = [](const Names& offered) { return choose_files("a/b", offered).status().message(); };
  EXPECT_NE(message({"model.safetensors", "tokenizer.json"}).find("a/b has no config.json"),
            std::string::npos);
  EXPECT_NE(message({"config.json", "model.safetensors", "vocab.txt"}).find("no tokenizer.json"),
            std::string::npos);
  EXPECT_NE(message({"config.json", "tokenizer.json", "tf_model.h5", "pytorch_model-00001-of-00002.bin"})
                .find("no model.safetensors and no pytorch_model.bin"),
            std::string::npos);
}

}  // namespace
}  // namespace rappel::hub
