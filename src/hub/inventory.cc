// list_models and model_info: what lies in the cache or in a folder, with the facts of config.json.
#include <algorithm>
#include <system_error>

#include "base/os/file.h"
#include "codec/json.h"
#include "hub/cache.h"
#include "hub/hub.h"
#include "hub/names.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxConfigBytes = std::size_t{4} << 20;

std::string text_of(const Json& object, const char* key) {
  const auto value = json_string(object, key);
  return value.ok() ? *value : std::string();
}

std::int64_t number_of(const Json& object, const char* key) {
  const auto value = json_integer(object, key);
  return value.ok() ? *value : 0;
}

void read_config(const fs::path& folder, ModelInfo& info) {
  const auto text = read_file(hub::encoder_folder(folder) / "config.json", kMaxConfigBytes);
  if (!text.ok()) return;
  const auto config = parse_json(*text);
  if (!config.ok() || !config->is_object()) return;
  info.model_type = text_of(*config, "model_type");
  const auto names = config->find("architectures");
  if (names != config->end() && names->is_array() && !names->empty() && names->front().is_string())
    info.architecture = names->front().get<std::string>();
  info.dtype = text_of(*config, "torch_dtype");
  if (info.dtype.empty()) info.dtype = text_of(*config, "dtype");
  info.hidden = number_of(*config, "hidden_size");
  info.layers = number_of(*config, "num_hidden_layers");
  info.heads = number_of(*config, "num_attention_heads");
  info.vocabulary = number_of(*config, "vocab_size");
  info.max_positions = number_of(*config, "max_position_embeddings");
  if (info.model_type == "xlm-roberta" || info.model_type == "bert")
    info.kind = info.architecture.ends_with("ForSequenceClassification") ? ModelKind::kReranker
                                                                         : ModelKind::kEmbedding;
}

// Files below `folder`, links followed; links that lead nowhere are left out.
std::vector<ModelFileInfo> files_below(const fs::path& folder) {
  std::vector<ModelFileInfo> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code one;
    if (!fs::is_regular_file(it->path(), one)) continue;
    const std::uintmax_t bytes = fs::file_size(it->path(), one);
    if (!one) files.push_back({it->path().lexically_relative(folder).generic_string(), bytes});
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

ModelInfo describe(const fs::path& folder) {
  ModelInfo info;
  info.folder = folder;
  info.files = files_below(folder);
  for (const ModelFileInfo& file : info.files) {
    info.bytes += file.bytes;
    info.sparse_head = info.sparse_head || file.name == "sparse_linear.pt";
    info.colbert_head = info.colbert_head || file.name == "colbert_linear.pt";
  }
  read_config(folder, info);
  return info;
}

}  // namespace

const char* model_kind_name(ModelKind kind) {
  switch (kind) {
    case ModelKind::kEmbedding: return "embedding";
    case ModelKind::kReranker: return "reranker";
    case ModelKind::kOther: break;
  }
  return "other";
}

Result<std::vector<CachedModel>> list_models(const HubSettings& settings) {
  std::vector<CachedModel> models;
  std::error_code error;
  if (!fs::exists(settings.cache, error) && !error) return models;
  for (fs::directory_iterator it(settings.cache, error), end; !error && it != end; it.increment(error)) {
    const std::string name = hub::repository_of_folder(it->path().filename().string());
    if (name.empty()) continue;
    const hub::RepositoryCache cache(settings.cache, name);
    const auto refs = cache.refs();
    for (const std::string& commit : cache.commits()) {
      const ModelInfo info = describe(cache.snapshot(commit));
      CachedModel model{
          name, commit, {}, info.folder, info.bytes, info.kind, hub::missing_files(info.folder).empty()};
      for (const auto& [ref, target] : refs)
        if (target == commit) model.refs.push_back(ref);
      models.push_back(std::move(model));
    }
  }
  if (error)
    return Status(Code::kUnavailable,
                  "cannot read the model cache " + settings.cache.string() + ": " + error.message());
  std::sort(models.begin(), models.end(), [](const CachedModel& a, const CachedModel& b) {
    return a.name != b.name ? a.name < b.name : a.commit < b.commit;
  });
  return models;
}

Result<ModelInfo> model_info(std::string_view name, const HubSettings& settings) {
  RAPPEL_ASSIGN(const fs::path folder, resolve_model(name, settings));
  ModelInfo info = describe(folder);
  // .../models--ORG--NAME/snapshots/<commit>
  std::error_code error;
  const fs::path absolute = fs::weakly_canonical(folder, error);
  if (!error && absolute.parent_path().filename() == "snapshots" &&
      hub::is_commit(absolute.filename().string())) {
    info.name = hub::repository_of_folder(absolute.parent_path().parent_path().filename().string());
    if (!info.name.empty()) info.commit = absolute.filename().string();
  }
  return info;
}

}  // namespace rappel
