#include "formats/model_config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "codec/json.h"
#include "formats/tensor_view.h"

namespace rappel {
namespace {

constexpr int kMaxHidden = 1 << 14;
constexpr int kMaxLayers = 256;
constexpr int kMaxIntermediate = 1 << 17;
constexpr int kMaxVocabulary = 1 << 24;
constexpr int kMaxPositions = 1 << 20;
constexpr int kMaxTypes = 1 << 10;
constexpr std::size_t kMaxPrefix = 4096;

constexpr const char* kConfig = "config.json";
constexpr const char* kModules = "modules.json";
constexpr const char* kDefaultPooling = "1_Pooling";
constexpr const char* kSentenceBert = "sentence_bert_config.json";
constexpr const char* kTokenizerConfig = "tokenizer_config.json";
constexpr const char* kSentenceTransformers = "config_sentence_transformers.json";

// One JSON object of the folder with typed access to its members; null counts as absent.
class Settings {
 public:
  static Result<std::optional<Settings>> read(const ReadText& read_text, const std::string& path) {
    RAPPEL_ASSIGN(const auto text, read_text(path));
    if (!text) return std::optional<Settings>();
    auto json = parse_json(*text);
    if (!json) return Status(Code::kCorrupt, path + ": " + json.status().message());
    return std::optional(Settings(path, std::move(*json)));
  }

  const Json& json() const { return json_; }
  const std::string& path() const { return path_; }
  Status error(Code code, const std::string& what) const { return Status(code, path_ + ": " + what); }

  const Json* find(const char* key) const {
    if (!json_.is_object()) return nullptr;
    const auto it = json_.find(key);
    return it == json_.end() || it->is_null() ? nullptr : &*it;
  }
  // Absent: `fallback`, or kCorrupt when there is none.
  Result<int> integer(const char* key, int least, int most, std::optional<int> fallback = {}) const {
    const Json* value = find(key);
    if (value == nullptr && fallback) return *fallback;
    if (value == nullptr) return error(Code::kCorrupt, std::string(key) + " is missing");
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX);
    if (!fits || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most)
      return error(Code::kCorrupt, std::string(key) + " must be an integer from " + std::to_string(least) +
                                       " to " + std::to_string(most) + ", not " +
                                       printable(dump_json(*value)));
    return value->get<int>();
  }
  Result<std::string> text(const char* key, const char* fallback) const {
    const Json* value = find(key);
    if (value == nullptr) return std::string(fallback);
    if (!value->is_string()) return error(Code::kCorrupt, std::string(key) + " must be a string");
    return value->get<std::string>();
  }
  bool is_true(const char* key) const {
    const Json* value = find(key);
    return value != nullptr && value->is_boolean() && value->get<bool>();
  }

 private:
  Settings(std::string path, Json json) : path_(std::move(path)), json_(std::move(json)) {}
  std::string path_;
  Json json_;
};

// The first of `architectures`, "" when there is none.
std::string architecture(const Settings& settings) {
  const Json* list = settings.find("architectures");
  return list != nullptr && list->is_array() && !list->empty() && list->front().is_string()
             ? list->front().get<std::string>()
             : std::string();
}

Result<Family> read_family(const Settings& settings) {
  RAPPEL_ASSIGN(const std::string type, settings.text("model_type", ""));
  const std::string first = architecture(settings);
  if (type == "bert" || (type.empty() && first.starts_with("Bert"))) return Family::kBert;
  if (type == "xlm-roberta" || (type.empty() && first.starts_with("XLMRoberta"))) return Family::kXlmRoberta;
  return settings.error(Code::kUnsupported, "model_type \"" + printable(type.empty() ? first : type) +
                                                "\" is not supported; \"bert\" and \"xlm-roberta\" are");
}

Status check_supported(const Settings& settings) {
  RAPPEL_ASSIGN(const std::string activation, settings.text("hidden_act", "gelu"));
  if (activation != "gelu")
    return settings.error(Code::kUnsupported, "hidden_act \"" + printable(activation) +
                                                  "\" is not supported; the exact \"gelu\" is");
  RAPPEL_ASSIGN(const std::string positions, settings.text("position_embedding_type", "absolute"));
  if (positions != "absolute")
    return settings.error(Code::kUnsupported, "position_embedding_type \"" + printable(positions) +
                                                  "\" is not supported; \"absolute\" is");
  if (settings.is_true("is_decoder") || settings.is_true("add_cross_attention"))
    return settings.error(Code::kUnsupported, "decoders are not supported; encoders are");
  return {};
}

Result<ModelConfig> read_encoder(const Settings& settings) {
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

Result<Pooling> read_pooling_mode(const Settings& settings) {
  RAPPEL_ASSIGN(std::string mode, settings.text("pooling_mode", ""));
  constexpr std::string_view kPrefix = "pooling_mode_";
  if (mode.empty() && settings.json().is_object()) {
    for (const auto& [key, value] : settings.json().items()) {
      if (!key.starts_with(kPrefix) || !settings.is_true(key.c_str())) continue;
      if (!mode.empty())
        return settings.error(Code::kUnsupported,
                              "several pooling modes together are not supported; one of "
                              "pooling_mode_cls_token and pooling_mode_mean_tokens is");
      mode = key.substr(kPrefix.size());
    }
  }
  if (mode == "cls_token" || mode == "cls") return Pooling::kCls;
  if (mode == "mean_tokens" || mode == "mean" || mode.empty()) return Pooling::kMean;
  return settings.error(Code::kUnsupported,
                        "pooling mode \"" + printable(mode) + "\" is not supported; CLS and mean are");
}

// `excludes_prompt` when the prompt's tokens are to be left out of the mean.
Status read_pooling(const ReadText& read, const std::string& folder, bool required, ModelConfig& config,
                    bool& excludes_prompt) {
  RAPPEL_ASSIGN(const auto settings, Settings::read(read, folder + "/config.json"));
  if (!settings && required)
    return Status(Code::kNotFound, folder + "/config.json is missing, but modules.json names it");
  if (!settings) return {};
  RAPPEL_ASSIGN(config.pooling, read_pooling_mode(*settings));
  RAPPEL_ASSIGN(const int dimension,
                settings->integer("word_embedding_dimension", 1, kMaxHidden, config.hidden));
  if (dimension != config.hidden)
    return settings->error(Code::kCorrupt, "word_embedding_dimension is " + std::to_string(dimension) +
                                               ", but config.json has hidden_size " +
                                               std::to_string(config.hidden));
  const Json* include = settings->find("include_prompt");
  excludes_prompt = config.pooling == Pooling::kMean && include != nullptr && *include == false;
  return {};
}

// A relative path of plain characters, without "." and ".." parts.
bool stays_inside(const std::string& path) {
  const std::filesystem::path relative(path);
  return !path.empty() && printable(path) == path && !relative.is_absolute() &&
         std::none_of(relative.begin(), relative.end(),
                      [](const auto& part) { return part == ".." || part == "."; });
}

Status read_modules(const ReadText& read, const Settings& modules, ModelConfig& config,
                    bool& excludes_prompt) {
  if (!modules.json().is_array()) return modules.error(Code::kCorrupt, "is not a JSON array");
  config.normalize = false;
  bool pooled = false;
  for (const Json& module : modules.json()) {
    const auto type = json_string(module, "type");
    const auto path = json_string(module, "path");
    if (!type || !path) return modules.error(Code::kCorrupt, "each module needs a type and a path");
    const std::string kind = type->substr(type->rfind('.') + 1);
    if (kind == "Transformer" && path->empty()) continue;
    if (kind == "Transformer")
      return modules.error(Code::kUnsupported,
                           "the encoder in a folder of its own (" + printable(*path) +
                               ") is not supported; move its files into the model's folder");
    if (kind == "Normalize") {
      config.normalize = true;
    } else if (kind == "Pooling" && !pooled) {
      if (!stays_inside(*path))
        return modules.error(Code::kCorrupt, "path " + printable(*path) + " leaves the folder");
      RAPPEL_TRY(read_pooling(read, *path, true, config, excludes_prompt));
      pooled = true;
    } else {
      return modules.error(Code::kUnsupported, "module " + printable(*type) +
                                                   " is not supported; Transformer, one "
                                                   "Pooling and Normalize are");
    }
  }
  return pooled ? Status() : modules.error(Code::kUnsupported, "has no Pooling module");
}

Result<std::string> prompt(const Settings& settings, std::initializer_list<const char*> names) {
  const Json* prompts = settings.find("prompts");
  if (prompts == nullptr || !prompts->is_object()) return std::string();
  RAPPEL_ASSIGN(const std::string fallback, settings.text("default_prompt_name", ""));
  std::vector<std::string> order(names.begin(), names.end());
  if (!fallback.empty()) order.push_back(fallback);
  for (const std::string& name : order) {
    const auto it = prompts->find(name);
    if (it == prompts->end()) continue;
    if (!it->is_string() || it->get_ref<const std::string&>().size() > kMaxPrefix)
      return settings.error(Code::kCorrupt, "prompt \"" + printable(name) +
                                                "\" must be a string of at most " +
                                                std::to_string(kMaxPrefix) + " bytes");
    return it->get<std::string>();
  }
  return std::string();
}

Status read_embedder(const ReadText& read, ModelConfig& config) {
  bool excludes_prompt = false;
  RAPPEL_ASSIGN(const auto modules, Settings::read(read, kModules));
  if (modules)
    RAPPEL_TRY(read_modules(read, *modules, config, excludes_prompt));
  else
    RAPPEL_TRY(read_pooling(read, kDefaultPooling, false, config, excludes_prompt));
  RAPPEL_ASSIGN(const auto settings, Settings::read(read, kSentenceTransformers));
  if (!settings) return {};
  RAPPEL_ASSIGN(config.query_prefix, prompt(*settings, {"query"}));
  RAPPEL_ASSIGN(config.document_prefix, prompt(*settings, {"document", "passage", "corpus"}));
  if (excludes_prompt && !(config.query_prefix.empty() && config.document_prefix.empty()))
    return settings->error(Code::kUnsupported,
                           "prompts that are left out of the mean (include_prompt false) are not "
                           "supported");
  return {};
}

// Lowers config.max_length; also refuses what only the tokenizer settings tell.
Status read_lengths(const ReadText& read, ModelConfig& config) {
  RAPPEL_ASSIGN(const auto tokenizer, Settings::read(read, kTokenizerConfig));
  bool tokenizer_lowers = config.family == Family::kBert;
  if (tokenizer) {
    // "No limit" is written as 1e30.
    const Json* most = tokenizer->find("model_max_length");
    if (most != nullptr && !(most->is_number() && most->get<double>() > kMaxPositions)) {
      RAPPEL_ASSIGN(const int length, tokenizer->integer("model_max_length", 1, kMaxPositions));
      config.max_length = std::min(config.max_length, length);
    }
    if (tokenizer->find("do_lower_case") != nullptr) tokenizer_lowers = tokenizer->is_true("do_lower_case");
  }
  RAPPEL_ASSIGN(const auto sentence, Settings::read(read, kSentenceBert));
  if (!sentence) return {};
  RAPPEL_ASSIGN(const int length, sentence->integer("max_seq_length", 1, kMaxPositions, config.max_length));
  config.max_length = std::min(config.max_length, length);
  if (sentence->is_true("do_lower_case") && !tokenizer_lowers)
    return sentence->error(Code::kUnsupported,
                           "do_lower_case beside a tokenizer that keeps case is not supported");
  return {};
}

}  // namespace

Result<ModelConfig> read_model_config(const ReadText& read) {
  RAPPEL_ASSIGN(const auto settings, Settings::read(read, kConfig));
  if (!settings) return Status(Code::kNotFound, "config.json is missing");
  RAPPEL_ASSIGN(ModelConfig config, read_encoder(*settings));
  RAPPEL_TRY(read_lengths(read, config));
  if (config.head == HeadKind::kEmbedding) RAPPEL_TRY(read_embedder(read, config));
  return config;
}

}  // namespace rappel
