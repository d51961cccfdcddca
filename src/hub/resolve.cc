// resolve_model: a name or a path becomes a folder.
#include <algorithm>
#include <system_error>

#include "hub/cache.h"
#include "hub/hub.h"
#include "hub/names.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

bool looks_like_path(std::string_view name) {
  return name.starts_with('/') || name.starts_with("./") || name.starts_with("../") ||
         name.starts_with('~') || name == "." || name == ".." || name.ends_with('/') ||
         std::count(name.begin(), std::find(name.begin(), name.end(), '@'), '/') > 1;
}

Status bad_path(std::string_view name) {
  const std::string quoted = "\"" + std::string(name) + "\"";
  std::error_code error;
  const fs::file_status status = fs::status(fs::path(name), error);
  if (fs::is_directory(status))
    return Status(Code::kNotFound, "the folder " + quoted +
                                       " has no config.json: give the folder that holds a model's "
                                       "config.json, tokenizer.json and weights")
        .with_id("model-missing");
  if (fs::exists(status))
    return Status(Code::kInvalidArgument,
                  quoted + " is a file: give the folder that holds the model's config.json");
  return Status(Code::kNotFound,
                "there is no folder " + quoted + ": give a model folder, or a name such as BAAI/bge-m3")
      .with_id("model-missing");
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

std::string what_to_do(std::string_view name, const hub::RepositoryCache& cache,
                       const HubSettings& settings) {
  std::string text =
      "; fetch it with `rappel model pull " + std::string(name) + "`, or give the path of a model folder";
  text += ", or, on a machine without network, copy " + cache.folder().filename().string() +
          " from another machine's Hub cache into " + settings.cache.string();
  if (settings.offline) text += " (offline mode is on: HF_HUB_OFFLINE)";
  return text;
}

Status not_in_cache(std::string_view name, const ModelName& model, const hub::RepositoryCache& cache,
                    const HubSettings& settings) {
  std::string text = "model " + model.repository;
  if (model.revision != "main") text += ", revision " + model.revision + ",";
  text += " is not on this machine: looked for a folder \"" + std::string(name) + "\" and for " +
          cache.folder().string();
  if (const std::vector<std::string> commits = cache.commits(); !commits.empty()) {
    std::vector<std::string> known;
    for (const auto& [ref, commit] : cache.refs()) known.push_back(ref);
    known.insert(known.end(), commits.begin(), commits.end());
    text += ", which holds other revisions of it (" + join(known) + "), to be named as " + model.repository +
            "@REVISION";
  }
  return Status(Code::kNotFound, text + what_to_do(name, cache, settings)).with_id("model-missing");
}

}  // namespace

Result<fs::path> resolve_model(std::string_view name, const HubSettings& settings) {
  std::error_code error;
  if (!name.empty() && fs::is_regular_file(hub::encoder_folder(fs::path(name)) / "config.json", error))
    return fs::path(name);
  if (looks_like_path(name)) return bad_path(name);
  Result<ModelName> model = parse_model_name(name);
  if (!model.ok()) return fs::exists(fs::path(name), error) ? bad_path(name) : model.status();

  const hub::RepositoryCache cache(settings.cache, model->repository);
  const std::optional<std::string> commit = cache.commit_of(model->revision);
  if (!commit || !fs::is_directory(cache.snapshot(*commit), error))
    return not_in_cache(name, *model, cache, settings);
  const fs::path folder = cache.snapshot(*commit);
  if (const std::vector<std::string> missing = hub::missing_files(folder); !missing.empty())
    return Status(Code::kNotFound, "model " + model->repository +
                                       " is only partly on this machine: " + folder.string() + " lacks " +
                                       join(missing) + what_to_do(name, cache, settings))
        .with_id("model-missing");
  return folder;
}

}  // namespace rappel
