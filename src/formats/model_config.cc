#include "formats/model_config.h"

#include <algorithm>
#include <utility>

#include "formats/sentence_modules.h"
#include "formats/tensor_view.h"

namespace rappel {
namespace {

constexpr int kMaxHidden = 1 << 14;
constexpr int kMaxLayers = 256;
constexpr int kMaxIntermediate = 1 << 17;
constexpr int kMaxVocabulary = 1 << 24;
constexpr int kMaxPositions = 1 << 20;
constexpr int kMaxTypes = 1 << 10;

constexpr const char* kConfig = "config.json";
constexpr const char* kTokenizerConfig = "tokenizer_config.json";

// The first of `architectures`, "" when there is none.
std::string architecture(const ModelJson& settings) {
  const Json* list = settings.find("architectures");
  return list != nullptr && list->is_array() && !list->empty() && list->front().is_string()
             ? list->front().get<std::string>()
             : std::string();
}

Result<Family> read_family(const ModelJson& settings) {
  RAPPEL_ASSIGN(const std::string type, settings.text("model_type", ""));
  const std::string first = architecture(settings);
  if (type == "bert" || (type.empty() && first.starts_with("Bert"))) return Family::kBert;
  if (type == "xlm-roberta" || (type.empty() && first.starts_with("XLMRoberta"))) return Family::kXlmRoberta;
  return settings.error(Code::kUnsupported, "model_type \"" + printable(type.empty() ? first : type) +
                                                "\" is not supported; \"bert\" and \"xlm-roberta\" are");
}

Status check_supported(const ModelJson& settings) {
  RAPPEL_ASSIGN(const std::string activation, settings.text("hidden_act", "gelu"));
  // gelu_new, gelu_fast, gelu_pytorch_tanh and quick_gelu are approximations with other values.
  if (activation != "gelu" && activation != "gelu_python")
    return settings.error(Code::kUnsupported, "hidden_act \"" + printable(activation) +
                                                  "\" is not supported; the exact \"gelu\" is");
  RAPPEL_ASSIGN(const std::string positions, settings.text("position_embedding_type", "absolute"));
  if (positions != "absolute")
    return settings.error(Code::kUnsupported, "position_embedding_type \"" + printable(positions) +
                                                  "\" is not supported; \"absolute\" is");
  RAPPEL_ASSIGN(const bool decoder, settings.flag("is_decoder"));
  RAPPEL_ASSIGN(const bool crossed, settings.flag("add_cross_attention"));
  if (decoder || crossed)
    return settings.error(Code::kUnsupported, "decoders are not supported; encoders are");
  return {};
}

Result<ModelConfig> read_encoder(const ModelJson& settings) {
  ModelConfig config;
  if (!settings.json().is_object()) return settings.error(Code::kCorrupt, "is not a JSON object");
  RAPPEL_ASSIGN(config.family, read_family(settings));
  RAPPEL_TRY(check_supported(settings));
  if (architecture(settings).ends_with("ForSequenceClassification")) config.head = HeadKind::kClassification;
  RAPPEL_ASSIGN(config.hidden, settings.integer("hidden_size", 1, kMaxHidden));
  RAPPEL_ASSIGN(config.layers, settings.integer("num_hidden_layers", 1, kMaxLayers));
  RAPPEL_ASSIGN(config.heads, settings.integer("num_attention_heads", 1, kMaxHidden));
  RAPPEL_ASSIGN(config.intermediate, settings.integer("intermediate_size", 1, kMaxIntermediate));
  RAPPEL_ASSIGN(config.vocabulary, settings.integer("vocab_size", 1, kMaxVocabulary));
  RAPPEL_ASSIGN(config.max_positions, settings.integer("max_position_embeddings", 1, kMaxPositions));
  RAPPEL_ASSIGN(config.type_vocabulary, settings.integer("type_vocab_size", 1, kMaxTypes, 2));
  const bool xlm = config.family == Family::kXlmRoberta;
  RAPPEL_ASSIGN(config.pad_token_id, settings.integer("pad_token_id", 0, config.vocabulary - 1, xlm ? 1 : 0));
  if (config.hidden % config.heads != 0)
    return settings.error(Code::kCorrupt, "hidden_size " + std::to_string(config.hidden) +
                                              " is not a multiple of " + std::to_string(config.heads) +
                                              " attention heads");
  if (const Json* eps = settings.find("layer_norm_eps")) {
    if (!eps->is_number() || !(eps->get<double>() > 0) || eps->get<double>() > 0.1)
      return settings.error(Code::kCorrupt, "layer_norm_eps must be a number above 0, not above 0.1");
    config.layer_norm_eps = eps->get<float>();
  }
  config.position_offset = xlm ? config.pad_token_id + 1 : 0;
  config.max_length = config.max_positions - config.position_offset;
  if (config.max_length < 1)
    return settings.error(Code::kCorrupt, "max_position_embeddings " + std::to_string(config.max_positions) +
                                              " leaves no position for a token");
  return config;
}

// "No limit" is written as 1e30.
Result<std::optional<int>> length_of(const ModelJson& settings, const char* key) {
  const Json* value = settings.find(key);
  if (value == nullptr || (value->is_number() && value->get<double>() > kMaxPositions))
    return std::optional<int>();
  RAPPEL_ASSIGN(const int length, settings.integer(key, 1, kMaxPositions));
  return std::optional(length);
}

Result<std::optional<int>> tokenizer_length(const ReadText& read, const std::string& folder) {
  RAPPEL_ASSIGN(const auto settings, ModelJson::read_object(read, folder + kTokenizerConfig));
  if (!settings) return std::optional<int>();
  return length_of(*settings, settings->find("model_max_length") != nullptr ? "model_max_length" : "max_len");
}

// The file of the Transformer module: the first of its names that is there.
Result<std::optional<ModelJson>> sentence_settings(const ReadText& read, const std::string& folder) {
  for (const char* kind : {"bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"}) {
    RAPPEL_ASSIGN(auto settings, ModelJson::read_object(read, folder + "sentence_" + kind + "_config.json"));
    if (settings) return settings;
  }
  return std::optional<ModelJson>();
}

// Arguments for the tokenizer or the model that sentence-transformers would pass on.
Status refuse_arguments(const ModelJson& settings) {
  for (const char* key : {"tokenizer_args", "config_args", "model_args"})
    if (const Json* arguments = settings.find(key); arguments != nullptr && !arguments->empty())
      return settings.error(Code::kUnsupported, std::string(key) +
                                                    " is not supported; put what it says into "
                                                    "config.json and tokenizer_config.json");
  return {};
}

// max_length and lower_text. max_length holds the positions before.
Status read_lengths(const ReadText& read, const std::string& folder, ModelConfig& config) {
  const int positions = config.max_length;
  RAPPEL_ASSIGN(const std::optional<int> tokenizer, tokenizer_length(read, folder));
  if (tokenizer) config.max_length = std::min(positions, *tokenizer);
  RAPPEL_ASSIGN(const auto sentence, sentence_settings(read, folder));
  if (!sentence) {
    if (config.head == HeadKind::kEmbedding)
      config.notes.push_back("max length: " + std::to_string(config.max_length) +
                             " tokens, as the tokenizer and the model's positions allow, because "
                             "sentence_bert_config.json is missing (as sentence-transformers does)");
    return {};
  }
  RAPPEL_TRY(refuse_arguments(*sentence));
  RAPPEL_ASSIGN(config.lower_text, sentence->flag("do_lower_case"));
  RAPPEL_ASSIGN(const std::optional<int> length, length_of(*sentence, "max_seq_length"));
  if (!length) return {};
  config.max_length = std::min(positions, *length);
  const auto says = [&](const std::string& other) {
    config.notes.push_back("max length: " + std::to_string(config.max_length) + " tokens, " + other);
  };
  const std::string wanted = sentence->path() + " says " + std::to_string(*length);
  if (*length > positions)
    says("because the model has no more positions; " + wanted);
  else if (tokenizer && *length > *tokenizer)
    says("because " + wanted + "; " + kTokenizerConfig + " says " + std::to_string(*tokenizer) +
         " (as sentence-transformers does)");
  return {};
}

}  // namespace

const char* pooling_name(Pooling pooling) { return pooling == Pooling::kCls ? "cls" : "mean"; }

Result<ModelConfig> read_model_config(const ReadText& read, const HasFile& has,
                                      std::optional<HeadKind> head) {
  RAPPEL_ASSIGN(const auto modules, read_modules(read));
  const std::string folder = modules && !modules->encoder.empty() ? modules->encoder + "/" : "";
  RAPPEL_ASSIGN(const auto settings, ModelJson::read(read, folder + kConfig));
  if (!settings) return Status(Code::kNotFound, folder + "config.json is missing");
  RAPPEL_ASSIGN(ModelConfig config, read_encoder(*settings));
  if (head) config.head = *head;
  if (modules) config.encoder_folder = modules->encoder;
  if (config.head == HeadKind::kEmbedding) RAPPEL_TRY(read_sentence_settings(read, has, modules, config));
  RAPPEL_TRY(read_lengths(read, folder, config));
  return config;
}

}  // namespace rappel
