#include "formats/model_config.h"

#include <gtest/gtest.h>

#include <map>

#include "testing/byte_files.h"

namespace rappel {
namespace {

using Texts = std::map<std::string, std::string>;

Result<ModelConfig> read(const Texts& texts) {
  return read_model_config(
      [&](const std::string& path) -> Result<std::optional<std::string>> {
        const auto it = texts.find(path);
        return it == texts.end() ? std::optional<std::string>() : std::optional(it->second);
      },
      [&](const std::string& path) { return texts.contains(path); });
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
  EXPECT_EQ(config->pooling, Pooling::kMean);
  EXPECT_TRUE(config->normalize);
  EXPECT_EQ(config->query_prefix + config->document_prefix, "");
  EXPECT_EQ(config->encoder_folder, "");
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

TEST(ModelConfig, PoolingAndNormalization) {
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
  EXPECT_EQ(of({{"1_Pooling/config.json", R"({"pooling_mode":["cls"]})"}}), std::pair(Pooling::kCls, true));
  EXPECT_EQ(of({{"1_Pooling/config.json", R"({"pooling_mode":"cls","pooling_mode_mean_tokens":true})"}}),
            std::pair(Pooling::kCls, true));
  EXPECT_EQ(of({{"1_Pooling/config.json", R"({"pooling_mode_cls_token":1,"pooling_mode_mean_tokens":0})"}}),
            std::pair(Pooling::kCls, true));
  EXPECT_EQ(of({{"2_Elsewhere/config.json", kMean}}), std::pair(Pooling::kMean, true));
  EXPECT_EQ(of({{"2_Elsewhere/config.json", kCls}}), std::pair(Pooling::kMean, true));
  const std::string dropout = kModulesHead + kModulesPooling +
                              R"(,{"path":"2_Dropout","type":"sentence_transformers.models.Dropout"}])";
  EXPECT_EQ(of({{"modules.json", dropout}, {"1_Pooling/config.json", kCls}}),
            std::pair(Pooling::kCls, false));
}

std::vector<std::string> notes_of(Texts texts, const std::string& config) {
  texts["config.json"] = config;
  auto read_config = read(texts);
  EXPECT_TRUE(read_config.ok()) << read_config.status().to_string();
  return read_config.ok() ? read_config->notes : std::vector<std::string>();
}
const std::string kSentenceConfig = R"({"max_seq_length":256,"do_lower_case":false})";

TEST(ModelConfig, MissingPoolingFilesAreNoted) {
  constexpr const char* kPull =
      "; `rappel model pull NAME` fetches the files that the model's repository has";
  using Notes = std::vector<std::string>;
  const std::string modules = kModulesHead + kModulesPooling + "]";
  EXPECT_EQ(notes_of({{"modules.json", modules},
                      {"1_Pooling/config.json", kMean},
                      {"sentence_bert_config.json", kSentenceConfig}},
                     bert()),
            Notes());
  EXPECT_EQ(notes_of({{"sentence_bert_config.json", kSentenceConfig}}, bert()),
            Notes{std::string("pooling: mean, because modules.json and 1_Pooling/config.json are missing (as "
                              "sentence-transformers does)") +
                  kPull});
  EXPECT_EQ(
      notes_of({{"1_Pooling/config.json", kCls}, {"sentence_bert_config.json", kSentenceConfig}}, bert()),
      Notes{std::string("pooling: cls, from 1_Pooling/config.json; modules.json is missing") + kPull});
  const Texts heads = {{"sparse_linear.pt", ""}, {"sentence_bert_config.json", kSentenceConfig}};
  EXPECT_EQ(
      notes_of(heads, xlm()),
      Notes{std::string("pooling: cls, because the model has the heads of BGE-M3 (as FlagEmbedding does); "
                        "modules.json and 1_Pooling/config.json are missing") +
            kPull});
  EXPECT_EQ(notes_of({{"modules.json", modules}, {"1_Pooling/config.json", kMean}}, bert()),
            Notes{"max length: 512 tokens, as the tokenizer and the model's positions allow, because "
                  "sentence_bert_config.json is missing (as sentence-transformers does)"});
  // A reranker has no pooling.
  EXPECT_EQ(notes_of({}, bert(R"("architectures":["BertForSequenceClassification"])")), Notes());
}

TEST(ModelConfig, SimilarityOtherThanCosineIsNoted) {
  const auto of = [](const std::string& name, bool normalized) {
    return notes_of(
        {{"modules.json", kModulesHead + kModulesPooling + (normalized ? kModulesNormalize : "") + "]"},
         {"1_Pooling/config.json", kMean},
         {"sentence_bert_config.json", kSentenceConfig},
         {"config_sentence_transformers.json", "{\"similarity_fn_name\":" + name + "}"}},
        bert());
  };
  for (const char* name : {"null", "\"cosine\""}) EXPECT_TRUE(of(name, false).empty()) << name;
  for (const char* name : {"\"dot\"", "\"euclidean\""}) {
    EXPECT_TRUE(of(name, true).empty()) << name;
    ASSERT_EQ(of(name, false).size(), 1u) << name;
  }
  EXPECT_EQ(of("\"manhattan\"", true).size(), 1u);
  EXPECT_EQ(
      of("\"dot\"", false)[0],
      "similarity: the model compares vectors by \"dot\" (similarity_fn_name in "
      "config_sentence_transformers.json), but rappel ranks by cosine: results come in another order than in "
      "sentence-transformers");
  EXPECT_EQ(error_of({{"config.json", bert()},
                      {"config_sentence_transformers.json", R"({"similarity_fn_name":"hamming"})"}}),
            "config_sentence_transformers.json: similarity_fn_name \"hamming\" is not known; cosine, dot, "
            "euclidean "
            "and manhattan are");
}

TEST(ModelConfig, TransformerInItsOwnFolder) {
  const std::string modules =
      R"([{"idx":0,"path":"0_Transformer","type":"sentence_transformers.models.Transformer"})" +
      kModulesPooling + "]";
  Texts texts = {{"modules.json", modules},
                 {"1_Pooling/config.json", kMean},
                 {"0_Transformer/config.json", bert()},
                 {"0_Transformer/sentence_bert_config.json", kSentenceConfig}};
  const auto config = read(texts);
  ASSERT_TRUE(config.ok()) << config.status().to_string();
  EXPECT_EQ(config->encoder_folder, "0_Transformer");
  EXPECT_EQ(config->pooling, Pooling::kMean);
  EXPECT_EQ(config->max_length, 256);
  EXPECT_TRUE(config->notes.empty());
  texts.erase("0_Transformer/config.json");
  texts["config.json"] = bert();
  EXPECT_EQ(error_of(texts), "0_Transformer/config.json is missing");
}

TEST(ModelConfig, UnsupportedPoolingAndModulesAreNamed) {
  const auto error = [](const std::string& modules, const std::string& pooling) {
    Texts texts = {{"config.json", bert()}, {"1_Pooling/config.json", pooling}};
    if (!modules.empty()) texts["modules.json"] = modules;
    return error_of(texts);
  };
  const auto module = [](const std::string& path, const std::string& type) {
    return R"({"path":")" + path + R"(","type":")" + type + "\"}";
  };
  EXPECT_EQ(error("", R"({"pooling_mode_max_tokens":true,"pooling_mode_mean_tokens":false})"),
            "1_Pooling/config.json: pooling mode \"max_tokens\" is not supported; CLS and mean are");
  EXPECT_EQ(error("", R"({"pooling_mode":"lasttoken"})"),
            "1_Pooling/config.json: pooling mode \"lasttoken\" is not supported; CLS and mean are");
  // The mean is on where the file does not name it.
  for (const char* both :
       {R"({"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":true})",
        R"({"pooling_mode_cls_token":true})", R"({"pooling_mode":["cls_token","mean_tokens"]})"})
    EXPECT_EQ(error("", both),
              "1_Pooling/config.json: the pooling modes cls_token and mean_tokens together are not "
              "supported; exactly "
              "one of pooling_mode_cls_token and pooling_mode_mean_tokens (true where it is missing) is");
  EXPECT_EQ(error("", R"({"pooling_mode_cls_token":false,"pooling_mode_mean_tokens":false})"),
            "1_Pooling/config.json: no pooling mode is on; set pooling_mode_cls_token or "
            "pooling_mode_mean_tokens to "
            "true");
  EXPECT_EQ(error("", R"({"pooling_mode_cls_token":"yes"})"),
            "1_Pooling/config.json: pooling_mode_cls_token must be true or false");
  EXPECT_EQ(error("", R"({"word_embedding_dimension":64})"),
            "1_Pooling/config.json: word_embedding_dimension is 64, but config.json has hidden_size 48");
  for (const char* type : {"sentence_transformers.models.Dense", "sentence_transformers.models.LSTM",
                           "custom_st.Transformer", "Transformer"})
    EXPECT_EQ(error(kModulesHead + kModulesPooling + "," + module("2_Dense", type) + "]", kMean),
              std::string("modules.json: module ") + type +
                  " is not supported; Transformer, one Pooling and Normalize, in this order, are");
  EXPECT_EQ(error("[" + module("1_Pooling", "sentence_transformers.models.Pooling") + "]", kMean),
            "modules.json: module sentence_transformers.models.Pooling is not supported; Transformer, one "
            "Pooling and "
            "Normalize, in this order, are");
  EXPECT_EQ(error(kModulesHead + "]", kMean), "modules.json: has no Pooling module");
  EXPECT_EQ(error("[]", kMean), "modules.json: has no Transformer module");
  EXPECT_EQ(error("{}", kMean), "modules.json: is not a JSON array");
  EXPECT_EQ(error("[3]", kMean), "modules.json: each module needs a type and a path");
  for (const char* path : {"..", "../x", "/etc", "a/../..", ".", "", "1_Pooling/../x"}) {
    const std::string leaves = std::string("modules.json: path ") + path + " leaves the folder";
    EXPECT_EQ(error(kModulesHead + "," + module(path, "sentence_transformers.models.Pooling") + "]", kMean),
              leaves);
    if (*path != '\0') {
      EXPECT_EQ(error("[" + module(path, "sentence_transformers.models.Transformer") + "]", kMean), leaves);
    }
  }
  EXPECT_EQ(error(kModulesHead + R"(,{"path":"a\nb","type":"sentence_transformers.models.Pooling"}])", kMean),
            "modules.json: path a?b leaves the folder");
  for (const char* path : {"..odd", "3_Pooling"})
    EXPECT_EQ(error(kModulesHead + "," + module(path, "sentence_transformers.models.Pooling") + "]", kMean),
              std::string(path) + "/config.json is missing, but modules.json names it");
}

TEST(ModelConfig, MaxLength) {
  const auto of = [](Texts texts) {
    texts["config.json"] = bert();
    auto config = read(texts);
    EXPECT_TRUE(config.ok()) << config.status().to_string();
    return config->max_length;
  };
  EXPECT_EQ(of({{"sentence_bert_config.json", R"({"max_seq_length":256})"}}), 256);
  EXPECT_EQ(of({{"sentence_bert_config.json", R"({"max_seq_length":null})"}}), 512);
  EXPECT_EQ(of({{"sentence_bert_config.json", R"({"max_seq_length":8192})"}}), 512);
  EXPECT_EQ(of({{"sentence_bert_config.json", R"({"max_seq_length":256.0})"}}), 256);
  EXPECT_EQ(of({{"sentence_xlm-roberta_config.json", R"({"max_seq_length":128})"}}), 128);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":128})"}}), 128);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":128.0})"}}), 128);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"max_len":128})"}}), 128);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":1e30})"}}), 512);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":1000000000000000019884624838656})"}}), 512);
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":512})"},
                {"sentence_bert_config.json", R"({"max_seq_length":256,"do_lower_case":false})"}}),
            256);
  // max_seq_length goes before model_max_length, as in sentence-transformers.
  EXPECT_EQ(of({{"tokenizer_config.json", R"({"model_max_length":128})"},
                {"sentence_bert_config.json", R"({"max_seq_length":256})"}}),
            256);
  for (const char* length : {"0", "-1", "0.5", "\"512\"", "true"})
    EXPECT_EQ(
        error_of({{"config.json", bert()},
                  {"tokenizer_config.json", std::string("{\"model_max_length\":") + length + "}"}}),
        std::string("tokenizer_config.json: model_max_length must be an integer from 1 to 1048576, not ") +
            length);
}

TEST(ModelConfig, ContradictingLengthsAreNoted) {
  const auto of = [](const std::string& sentence, const std::string& tokenizer) {
    auto notes = notes_of({{"modules.json", kModulesHead + kModulesPooling + "]"},
                           {"1_Pooling/config.json", kMean},
                           {"sentence_bert_config.json", "{\"max_seq_length\":" + sentence + "}"},
                           {"tokenizer_config.json", "{\"model_max_length\":" + tokenizer + "}"}},
                          bert());
    return notes.empty() ? std::string() : notes[0];
  };
  EXPECT_EQ(of("256", "512"), "");
  EXPECT_EQ(of("256", "null"), "");
  EXPECT_EQ(
      of("514", "512"),
      "max length: 512 tokens, because the model has no more positions; sentence_bert_config.json says 514");
  EXPECT_EQ(of("256", "128"),
            "max length: 256 tokens, because sentence_bert_config.json says 256; tokenizer_config.json says "
            "128 (as "
            "sentence-transformers does)");
}

TEST(ModelConfig, WholeNumbersMayBeWrittenAsReals) {
  const auto config = read({{"config.json", bert(R"("max_position_embeddings":512.0,"hidden_size":48.0)")}});
  ASSERT_TRUE(config.ok()) << config.status().to_string();
  EXPECT_EQ(config->max_positions, 512);
  EXPECT_EQ(config->hidden, 48);
  EXPECT_EQ(error_of({{"config.json", bert(R"("hidden_size":48.5)")}}),
            "config.json: hidden_size must be an integer from 1 to 16384, not 48.5");
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
  EXPECT_EQ(of(R"({"prompts":{"query":null,"document":"d "}})"), "|d ");
  EXPECT_EQ(of(R"({"prompts":{"query":null,"document":null},"default_prompt_name":"query"})"), "|");
  EXPECT_EQ(of(R"({"prompts":null,"default_prompt_name":null})"), "|");
  EXPECT_EQ(
      error_of({{"config.json", bert()},
                {"config_sentence_transformers.json", R"({"prompts":{},"default_prompt_name":"all"})"}}),
      "config_sentence_transformers.json: default_prompt_name \"all\" is not among the prompts");
  EXPECT_EQ(error_of({{"config.json", bert()},
                      {"config_sentence_transformers.json", R"({"prompts":{"query":5}})"}}),
            "config_sentence_transformers.json: prompt \"query\" must be a string of at most 4096 bytes");
  EXPECT_NE(error_of({{"config.json", bert()},
                      {"1_Pooling/config.json", R"({"include_prompt":false})"},
                      {"config_sentence_transformers.json", R"({"prompts":{"query":"q "}})"}}),
            "");
}

TEST(ModelConfig, Activation) {
  EXPECT_TRUE(read({{"config.json", bert(R"("hidden_act":"gelu")")}}).ok());
  EXPECT_TRUE(read({{"config.json", bert(R"("hidden_act":"gelu_python")")}}).ok());
  for (const char* name : {"gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu"})
    EXPECT_EQ(
        error_of({{"config.json", bert(R"("hidden_act":")" + std::string(name) + "\"")}}),
        "config.json: hidden_act \"" + std::string(name) + "\" is not supported; the exact \"gelu\" is");
}

TEST(ModelConfig, UnsupportedSettingsAreNamed) {
  EXPECT_EQ(error_of({{"config.json", bert(R"("position_embedding_type":"relative_key")")}}),
            "config.json: position_embedding_type \"relative_key\" is not supported; \"absolute\" is");
  EXPECT_EQ(error_of({{"config.json", bert(R"("is_decoder":true)")}}),
            "config.json: decoders are not supported; encoders are");
  EXPECT_EQ(read({{"config.json", R"({"model_type":"nomic_bert"})"}}).status().code(), Code::kUnsupported);
  EXPECT_EQ(
      error_of({{"config.json", bert()},
                {"sentence_bert_config.json", R"({"tokenizer_args":{"do_lower_case":true}})"}}),
      "sentence_bert_config.json: tokenizer_args is not supported; put what it says into config.json and "
      "tokenizer_config.json");
  // Whether the tokenizer lowers text, ModelFiles finds out.
  EXPECT_TRUE(read({{"config.json", bert()}, {"sentence_bert_config.json", R"({"do_lower_case":true})"}})
                  ->lower_text);
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
  for (const std::string name :
       {"tokenizer_config.json", "sentence_bert_config.json", "config_sentence_transformers.json"}) {
    for (const char* empty : {"null", "{}"})
      EXPECT_TRUE(read({{"config.json", bert()}, {name, empty}}).ok()) << name;
    for (const char* odd : {"[]", "3", "\"x\""})
      EXPECT_EQ(error_of({{"config.json", bert()}, {name, odd}}), name + ": is not a JSON object");
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
