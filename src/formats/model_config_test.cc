#include "formats/model_config.h"

#include <gtest/gtest.h>

#include <map>

#include "testing/byte_files.h"

namespace rappel {
namespace {

using Texts = std::map<std::string, std::string>;

Result<ModelConfig> read(const Texts& texts) {
  return read_model_config([&](const std::string& path) -> Result<std::optional<std::string>> {
    const auto it = texts.find(path);
    return it == texts.end() ? std::optional<std::string>() : std::optional(it->second);
  });
}
std::string error_of(const Texts& texts) { return read(texts).status().message(); }

// A config.json of a small BERT; `more` members come last, as the JSON adapter keeps the last of equal names.
std::string bert(const std::string& more = {}) {
  return R"({"model_type":"bert","architectures":["BertModel"],"hidden_size":48,"num_hidden_layers":2,)"
         R"("num_attention_heads":4,"intermediate_size":192,"vocab_size":30522,"max_position_embeddings":512)" +
         (more.empty() ? "" : "," + more) + "}";
}
std::string xlm(const std::string& more = {}) {
  return R"({"model_type":"xlm-roberta","hidden_size":32,"num_hidden_layers":3,"num_attention_heads":4,)"
         R"("intermediate_size":64,"vocab_size":250002,"max_position_embeddings":8194,"type_vocab_size":1,)"
         R"("layer_norm_eps":1e-05)" +
         (more.empty() ? "" : "," + more) + "}";
}
const std::string kModulesHead = R"([{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"})";
const std::string kModulesPooling =
    R"(,{"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"})";
const std::string kModulesNormalize =
    R"(,{"idx":2,"path":"2_Normalize","type":"sentence_transformers.models.Normalize"})";
const std::string kMean = R"({"word_embedding_dimension":48,"pooling_mode_cls_token":false,)"
                          R"("pooling_mode_mean_tokens":true,"pooling_mode_max_tokens":false})";
const std::string kCls = R"({"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false})";

TEST(ModelConfig, PlainBertRepository) {
  const auto config = read({{"config.json", bert()}});
  ASSERT_TRUE(config.ok()) << config.status().to_string();
  EXPECT_EQ(config->family, Family::kBert);
  EXPECT_EQ(config->head, HeadKind::kEmbedding);
  EXPECT_EQ(config->hidden, 48);
  EXPECT_EQ(config->layers, 2);
  EXPECT_EQ(config->heads, 4);
  EXPECT_EQ(config->intermediate, 192);
  EXPECT_EQ(config->vocabulary, 30522);
  EXPECT_EQ(config->max_positions, 512);
  EXPECT_EQ(config->type_vocabulary, 2);
  EXPECT_EQ(config->layer_norm_eps, 1e-12f);
  EXPECT_EQ(config->pad_token_id, 0);
  EXPECT_EQ(config->position_offset, 0);
  EXPECT_EQ(config->max_length, 512);
  EXPECT_EQ(config->pooling, Pooling::kCls);
  EXPECT_TRUE(config->normalize);
  EXPECT_EQ(config->query_prefix + config->document_prefix, "");
}

TEST(ModelConfig, XlmRobertaPositionsFollowThePad) {
  const auto config = read({{"config.json", xlm()}});
  ASSERT_TRUE(config.ok()) << config.status().to_string();
  EXPECT_EQ(config->family, Family::kXlmRoberta);
  EXPECT_EQ(config->pad_token_id, 1);
  EXPECT_EQ(config->position_offset, 2);
  EXPECT_EQ(config->max_length, 8192);
  EXPECT_EQ(config->type_vocabulary, 1);
  EXPECT_EQ(config->layer_norm_eps, 1e-5f);
}

TEST(ModelConfig, HeadAndFamilyByArchitecture) {
  const auto head = [](const std::string& architecture) {
    return read({{"config.json", xlm(R"("architectures":[")" + architecture + "\"]")}})->head;
  };
  EXPECT_EQ(head("XLMRobertaForSequenceClassification"), HeadKind::kClassification);
  EXPECT_EQ(head("XLMRobertaForMaskedLM"), HeadKind::kEmbedding);
  const auto family = [](const std::string& architecture) {
    return read({{"config.json", bert(R"("model_type":null,"architectures":[")" + architecture + "\"]")}});
  };
  EXPECT_EQ(family("BertModel")->family, Family::kBert);
  EXPECT_EQ(family("XLMRobertaModel")->family, Family::kXlmRoberta);
  EXPECT_EQ(family("MPNetModel").status().message(),
            "config.json: model_type \"MPNetModel\" is not supported; \"bert\" and \"xlm-roberta\" are");
}

TEST(ModelConfig, PoolingAndNormalisation) {
  const auto of = [](Texts texts) {
    texts["config.json"] = bert();
    auto config = read(texts);
    EXPECT_TRUE(config.ok()) << config.status().to_string();
    return std::pair(config->pooling, config->normalize);
  };
  const std::string both = kModulesHead + kModulesPooling + kModulesNormalize + "]";
  const std::string raw = kModulesHead + kModulesPooling + "]";
  EXPECT_EQ(of({{"modules.json", both}, {"1_Pooling/config.json", kMean}}), std::pair(Pooling::kMean, true));
  EXPECT_EQ(of({{"modules.json", both}, {"1_Pooling/config.json", kCls}}), std::pair(Pooling::kCls, true));
  EXPECT_EQ(of({{"modules.json", raw}, {"1_Pooling/config.json", kMean}}), std::pair(Pooling::kMean, false));
  EXPECT_EQ(of({{"1_Pooling/config.json", kMean}}), std::pair(Pooling::kMean, true));
  EXPECT_EQ(of({{"1_Pooling/config.json", "{}"}}), std::pair(Pooling::kMean, true));
  EXPECT_EQ(of({{"1_Pooling/config.json", R"({"pooling_mode":"cls"})"}}), std::pair(Pooling::kCls, true));
  EXPECT_EQ(of({{"2_Elsewhere/config.json", kMean}}), std::pair(Pooling::kCls, true));
}

TEST(ModelConfig, PoolingThatIsNotSupportedIsNamed) {
  const auto error = [](const std::string& modules, const std::string& pooling) {
    Texts texts = {{"config.json", bert()}, {"1_Pooling/config.json", pooling}};
    if (!modules.empty()) texts["modules.json"] = modules;
    return error_of(texts);
  };
  EXPECT_EQ(error("", R"({"pooling_mode_max_tokens":true})"),
            "1_Pooling/config.json: pooling mode \"max_tokens\" is not supported; CLS and mean are");
  EXPECT_EQ(error("", R"({"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true})").substr(0, 66),
            "1_Pooling/config.json: several pooling modes together are not supp");
  EXPECT_EQ(error("", R"({"word_embedding_dimension":64})"),
            "1_Pooling/config.json: word_embedding_dimension is 64, but config.json has hidden_size 48");
  EXPECT_EQ(error("[{\"path\":\"2_Dense\",\"type\":\"sentence_transformers.models.Dense\"}]", kMean),
            "modules.json: module sentence_transformers.models.Dense is not supported; Transformer, one "
            "Pooling and "
            "Normalize are");
  EXPECT_EQ(error("[{\"path\":\"0_Transformer\",\"type\":\"x.Transformer\"}]", kMean).substr(0, 69),
            "modules.json: the encoder in a folder of its own (0_Transformer) is n");
  EXPECT_EQ(error(kModulesHead + "]", kMean), "modules.json: has no Pooling module");
  EXPECT_EQ(error("{}", kMean), "modules.json: is not a JSON array");
  EXPECT_EQ(error("[3]", kMean), "modules.json: each module needs a type and a path");
  for (const char* path : {"..", "../x", "/etc", "a/../..", ".", "", "1_Pooling/../x"})
    EXPECT_EQ(error(std::string("[{\"path\":\"") + path + "\",\"type\":\"Pooling\"}]", kMean),
              std::string("modules.json: path ") + path + " leaves the folder");
  EXPECT_EQ(error(R"([{"path":"a\nb","type":"Pooling"}])", kMean),
            "modules.json: path a?b leaves the folder");
  EXPECT_EQ(error(R"([{"path":"..odd","type":"Pooling"}])", kMean),
            "..odd/config.json is missing, but modules.json names it");
  EXPECT_EQ(error(R"([{"path":"3_Pooling","type":"Pooling"}])", kMean),
            "3_Pooling/config.json is missing, but modules.json names it");
}

TEST(ModelConfig, MaxLengthIsTheLeast) {
  const auto of = [](Texts texts) {
    texts["config.json"] = bert();
    auto config = read(texts);
    EXPECT_TRUE(config.ok()) << config.status().to_string();
    return config->max_length;
  };
  EXPECT_EQ(of({{"sentence_bert_config.json", R"({"max_seq_length":256})"}}), 256);
  EXPECT_EQ(of({{"sentence_bert_config.json", R"({"max_seq_length":null})"}}), 512);
  EXPECT_EQ(of({{"sentence_bert_config.json", R"({"max_seq_length":8192})"}}), 512);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":128})"}}), 128);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":1000000000000000019884624838656})"}}), 512);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":512})"},
                {"sentence_bert_config.json", R"({"max_seq_length":256,"do_lower_case":false})"}}),
            256);
  EXPECT_EQ(error_of({{"config.json", bert()}, {"tokenizer_config.json", R"({"model_max_length":0})"}}),
            "tokenizer_config.json: model_max_length must be an integer from 1 to 1048576, not 0");
}

TEST(ModelConfig, Prefixes) {
  const auto of = [](const std::string& settings) {
    auto config = read({{"config.json", bert()}, {"config_sentence_transformers.json", settings}});
    EXPECT_TRUE(config.ok()) << config.status().to_string();
    return config->query_prefix + "|" + config->document_prefix;
  };
  EXPECT_EQ(of("{}"), "|");
  EXPECT_EQ(of(R"({"prompts":{},"default_prompt_name":null})"), "|");
  EXPECT_EQ(of(R"({"prompts":{"query":"query: ","document":"passage: "}})"), "query: |passage: ");
  EXPECT_EQ(of(R"({"prompts":{"query":"q ","passage":"p ","corpus":"c "}})"), "q |p ");
  EXPECT_EQ(of(R"({"prompts":{"query":"q ","all":"a "},"default_prompt_name":"all"})"), "q |a ");
  EXPECT_EQ(error_of({{"config.json", bert()},
                      {"config_sentence_transformers.json", R"({"prompts":{"query":5}})"}}),
            "config_sentence_transformers.json: prompt \"query\" must be a string of at most 4096 bytes");
  EXPECT_NE(error_of({{"config.json", bert()},
                      {"1_Pooling/config.json", R"({"include_prompt":false})"},
                      {"config_sentence_transformers.json", R"({"prompts":{"query":"q "}})"}}),
            "");
}

TEST(ModelConfig, WhatIsNotSupportedIsNamed) {
  EXPECT_EQ(error_of({{"config.json", bert(R"("hidden_act":"gelu_new")")}}),
            "config.json: hidden_act \"gelu_new\" is not supported; the exact \"gelu\" is");
  EXPECT_EQ(error_of({{"config.json", bert(R"("position_embedding_type":"relative_key")")}}),
            "config.json: position_embedding_type \"relative_key\" is not supported; \"absolute\" is");
  EXPECT_EQ(error_of({{"config.json", bert(R"("is_decoder":true)")}}),
            "config.json: decoders are not supported; encoders are");
  EXPECT_EQ(read({{"config.json", R"({"model_type":"nomic_bert"})"}}).status().code(), Code::kUnsupported);
  // Text is lowered before a tokenizer that keeps case.
  EXPECT_EQ(read({{"config.json", xlm()}, {"sentence_bert_config.json", R"({"do_lower_case":true})"}})
                .status()
                .code(),
            Code::kUnsupported);
  EXPECT_TRUE(
      read({{"config.json", bert()}, {"sentence_bert_config.json", R"({"do_lower_case":true})"}}).ok());
}

TEST(ModelConfig, NumbersAreBounded) {
  for (const char* member : {"hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                             "vocab_size", "max_position_embeddings", "type_vocab_size"})
    for (const char* value : {"0", "-1", "1000000000", "1e9", "18446744073709551615", "99999999999999999999",
                              "\"48\"", "[]", "true"}) {
      const std::string error = error_of({{"config.json", bert("\"" + std::string(member) + "\":" + value)}});
      EXPECT_EQ(error.substr(0, 13 + std::string(member).size() + 8),
                "config.json: " + std::string(member) + " must be")
          << value;
    }
  EXPECT_EQ(error_of({{"config.json", bert(R"("num_attention_heads":5)")}}),
            "config.json: hidden_size 48 is not a multiple of 5 attention heads");
  EXPECT_EQ(error_of({{"config.json", bert(R"("pad_token_id":30522)")}}),
            "config.json: pad_token_id must be an integer from 0 to 30521, not 30522");
  EXPECT_NE(error_of({{"config.json", bert(R"("layer_norm_eps":0)")}}), "");
  EXPECT_NE(error_of({{"config.json", bert(R"("layer_norm_eps":"1")")}}), "");
  EXPECT_EQ(error_of({{"config.json", xlm(R"("max_position_embeddings":2)")}}),
            "config.json: max_position_embeddings 2 leaves no position for a token");
  EXPECT_EQ(error_of({{"config.json", R"({"model_type":"bert"})"}}), "config.json: hidden_size is missing");
}

TEST(ModelConfig, BrokenFilesAreNamed) {
  EXPECT_EQ(error_of({}), "config.json is missing");
  EXPECT_EQ(error_of({{"config.json", "{"}}).substr(0, 28), "config.json: malformed JSON ");
  EXPECT_EQ(error_of({{"config.json", "[]"}}), "config.json: is not a JSON object");
  EXPECT_EQ(error_of({{"config.json", bert()}, {"modules.json", "["}}).substr(0, 13), "modules.json:");
  for (const char* odd : {"[]", "3", "null", "\"x\"", "{}"}) {
    EXPECT_TRUE(read({{"config.json", bert()},
                      {"tokenizer_config.json", odd},
                      {"sentence_bert_config.json", odd},
                      {"config_sentence_transformers.json", odd}})
                    .ok())
        << odd;
  }
}

TEST(ModelConfig, MutationsGiveAnAnswer) {
  int accepted = 0;
  const std::string config = xlm(R"("architectures":["XLMRobertaModel"],"pad_token_id":1)");
  for_each_mutation(config, 5000, 19, [&](const std::string& mutant) {
    const auto result = read({{"config.json", mutant}});
    if (!result) return;
    ++accepted;
    EXPECT_EQ(result->hidden % result->heads, 0);
    EXPECT_GE(result->max_length, 1);
    EXPECT_LE(result->max_length + result->position_offset, result->max_positions);
  });
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace rappel
