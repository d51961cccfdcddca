#include "formats/sentence_modules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/tensor_view.h"

namespace rappel {
namespace {

constexpr int kMaxDimension = 1 << 14;
constexpr std::size_t kMaxPrefix = 4096;
constexpr const char* kModules = "modules.json";
constexpr const char* kDefaultPooling = "1_Pooling";
constexpr const char* kSentenceTransformers = "config_sentence_transformers.json";
constexpr const char* kPullHint =
    "; `rappel model pull NAME` fetches the files that the model's repository has";

// A relative path of plain characters, without "." and ".." parts.
bool stays_inside(const std::string& path) {
  const std::filesystem::path relative(path);
  return !path.empty() && printable(path) == path && !relative.is_absolute() &&
         std::none_of(relative.begin(), relative.end(),
                      [](const auto& part) { return part == ".." || part == "."; });
}

// The modes of sentence-transformers' Pooling that are on, by the ends of their flags' names.
Result<std::vector<std::string>> pooling_modes(const ModelJson& settings) {
  std::vector<std::string> modes;
  if (const Json* named = settings.find("pooling_mode")) {
    const Json list = named->is_array() ? *named : Json::array({*named});
    for (const Json& mode : list) {
      if (!mode.is_string()) return settings.error(Code::kCorrupt, "pooling_mode must be a string");
      modes.push_back(mode.get<std::string>());
    }
    return modes;
  }
  constexpr std::string_view kPrefix = "pooling_mode_";
  constexpr const char* kMeanFlag = "pooling_mode_mean_tokens";
  for (const auto& [key, value] : settings.json().items()) {
    if (!key.starts_with(kPrefix)) continue;
    RAPPEL_ASSIGN(const bool on, settings.flag(key.c_str()));
    if (on) modes.push_back(key.substr(kPrefix.size()));
  }
  if (!settings.json().contains(kMeanFlag)) modes.emplace_back("mean_tokens");
  return modes;
}

Result<Pooling> read_pooling_mode(const ModelJson& settings) {
  RAPPEL_ASSIGN(const std::vector<std::string> modes, pooling_modes(settings));
  if (modes.empty())
    return settings.error(Code::kUnsupported,
                          "no pooling mode is on; set pooling_mode_cls_token or "
                          "pooling_mode_mean_tokens to true");
  if (modes.size() > 1) {
    std::string names;
    for (const std::string& mode : modes) names += (names.empty() ? "" : " and ") + printable(mode);
    return settings.error(
        Code::kUnsupported,
        "the pooling modes " + names + " together are not supported; exactly one of " +
            "pooling_mode_cls_token and pooling_mode_mean_tokens (true where it is missing) is");
  }
  const std::string& mode = modes.front();
  if (mode == "cls_token" || mode == "cls") return Pooling::kCls;
  if (mode == "mean_tokens" || mode == "mean") return Pooling::kMean;
  return settings.error(Code::kUnsupported,
                        "pooling mode \"" + printable(mode) + "\" is not supported; CLS and mean are");
}

// `excludes_prompt`: the prompt's tokens are to be left out of the mean.
Status read_pooling(const ModelJson& settings, ModelConfig& config, bool& excludes_prompt) {
  RAPPEL_ASSIGN(config.pooling, read_pooling_mode(settings));
  for (const char* key : {"word_embedding_dimension", "embedding_dimension"}) {
    RAPPEL_ASSIGN(const int dimension, settings.integer(key, 1, kMaxDimension, config.hidden));
    if (dimension != config.hidden)
      return settings.error(Code::kCorrupt, std::string(key) + " is " + std::to_string(dimension) +
                                                ", but config.json has hidden_size " +
                                                std::to_string(config.hidden));
  }
  const Json* include = settings.find("include_prompt");
  excludes_prompt = config.pooling == Pooling::kMean && include != nullptr && *include == false;
  return {};
}

// Without modules.json.
Status guess_pooling(const ReadText& read, const HasFile& has, ModelConfig& config, bool& excludes_prompt) {
  config.normalize = true;
  RAPPEL_ASSIGN(const auto settings,
                ModelJson::read_object(read, std::string(kDefaultPooling) + "/config.json"));
  if (settings) {
    RAPPEL_TRY(read_pooling(*settings, config, excludes_prompt));
    config.notes.push_back(std::string("pooling: ") + pooling_name(config.pooling) + ", from " +
                           settings->path() + "; modules.json is missing" + kPullHint);
  } else if (has && (has("sparse_linear.pt") || has("colbert_linear.pt"))) {
    config.pooling = Pooling::kCls;
    config.notes.push_back(
        std::string(
            "pooling: cls, because the model has the heads of BGE-M3 (as FlagEmbedding does); modules.json "
            "and 1_Pooling/config.json are missing") +
        kPullHint);
  } else {
    config.pooling = Pooling::kMean;
    config.notes.push_back(
        std::string("pooling: mean, because modules.json and 1_Pooling/config.json are missing (as "
                    "sentence-transformers does)") +
        kPullHint);
  }
  return {};
}

// The prompt of the first of the names that is there.
Result<std::string> prompt(const ModelJson& settings, std::initializer_list<const char*> names) {
  const Json* prompts = settings.find("prompts");
  if (prompts == nullptr) return std::string();
  if (!prompts->is_object()) return settings.error(Code::kCorrupt, "prompts must be an object");
  RAPPEL_ASSIGN(const std::string fallback, settings.text("default_prompt_name", ""));
  std::vector<std::string> order(names.begin(), names.end());
  if (!fallback.empty()) order.push_back(fallback);
  for (const std::string& name : order) {
    const auto it = prompts->find(name);
    if (it == prompts->end()) continue;
    if (it->is_null()) return std::string();
    if (!it->is_string() || it->get_ref<const std::string&>().size() > kMaxPrefix)
      return settings.error(Code::kCorrupt, "prompt \"" + printable(name) +
                                                "\" must be a string of at most " +
                                                std::to_string(kMaxPrefix) + " bytes");
    return it->get<std::string>();
  }
  if (!fallback.empty())
    return settings.error(Code::kCorrupt,
                          "default_prompt_name \"" + printable(fallback) + "\" is not among the prompts");
  return std::string();
}

Status read_similarity(const ModelJson& settings, ModelConfig& config) {
  RAPPEL_ASSIGN(const std::string name, settings.text("similarity_fn_name", "cosine"));
  constexpr std::array kKnown = {"cosine", "dot", "euclidean", "manhattan"};
  if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
    return settings.error(Code::kUnsupported,
                          "similarity_fn_name \"" + printable(name) +
                              "\" is not known; cosine, dot, euclidean and manhattan are");
  // For vectors of length 1 the dot product is the cosine, and the Euclidean distance falls as it rises.
  if (name == "cosine" || (config.normalize && name != "manhattan")) return {};
  config.notes.push_back("similarity: the model compares vectors by \"" + name +
                         "\" (similarity_fn_name in " + settings.path() +
                         "), but rappel ranks by cosine: results come in another order than in "
                         "sentence-transformers");
  return {};
}

}  // namespace

Result<std::optional<SentenceModules>> read_modules(const ReadText& read) {
  RAPPEL_ASSIGN(const auto modules, ModelJson::read(read, kModules));
  if (!modules) return std::optional<SentenceModules>();
  if (!modules->json().is_array()) return modules->error(Code::kCorrupt, "is not a JSON array");
  SentenceModules out;
  bool has_encoder = false;
  for (const Json& module : modules->json()) {
    const auto type = json_string(module, "type");
    const auto path = json_string(module, "path");
    if (!type || !path) return modules->error(Code::kCorrupt, "each module needs a type and a path");
    const std::string kind =
        type->starts_with("sentence_transformers.") ? type->substr(type->rfind('.') + 1) : std::string();
    if ((kind == "Transformer" || kind == "Pooling") && !stays_inside(*path) &&
        !(kind == "Transformer" && path->empty()))
      return modules->error(Code::kCorrupt, "path " + printable(*path) + " leaves the folder");
    if (kind == "Transformer" && !has_encoder) {
      out.encoder = *path;
      has_encoder = true;
    } else if (kind == "Pooling" && has_encoder && out.pooling.empty()) {
      out.pooling = *path;
    } else if (kind == "Normalize" && !out.pooling.empty()) {
      out.normalize = true;
    } else if (kind != "Dropout") {
      return modules->error(Code::kUnsupported,
                            "module " + printable(*type) +
                                " is not supported; Transformer, one Pooling and Normalize, "
                                "in this order, are");
    }
  }
  if (!has_encoder) return modules->error(Code::kUnsupported, "has no Transformer module");
  return std::optional(std::move(out));
}

Status read_sentence_settings(const ReadText& read, const HasFile& has,
                              const std::optional<SentenceModules>& modules, ModelConfig& config) {
  bool excludes_prompt = false;
  if (modules) {
    if (modules->pooling.empty())
      return Status(Code::kUnsupported, std::string(kModules) + ": has no Pooling module");
    const std::string path = modules->pooling + "/config.json";
    RAPPEL_ASSIGN(const auto settings, ModelJson::read_object(read, path));
    if (!settings) return Status(Code::kNotFound, path + " is missing, but modules.json names it");
    RAPPEL_TRY(read_pooling(*settings, config, excludes_prompt));
    config.normalize = modules->normalize;
  } else {
    RAPPEL_TRY(guess_pooling(read, has, config, excludes_prompt));
  }
  RAPPEL_ASSIGN(const auto settings, ModelJson::read_object(read, kSentenceTransformers));
  if (!settings) return {};
  RAPPEL_TRY(read_similarity(*settings, config));
  RAPPEL_ASSIGN(config.query_prefix, prompt(*settings, {"query"}));
  RAPPEL_ASSIGN(config.document_prefix, prompt(*settings, {"document", "passage", "corpus"}));
  if (excludes_prompt && !(config.query_prefix.empty() && config.document_prefix.empty()))
    return settings->error(Code::kUnsupported,
                           "prompts that are left out of the mean (include_prompt false) are not "
                           "supported");
  return {};
}

}  // namespace rappel
