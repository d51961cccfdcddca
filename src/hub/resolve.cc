// resolve_model: a name or a path becomes a folder.
#include <algorithm>
#include <system_error>

#include "base/os/file.h"
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

// "a, b and 3 more": the model folders in a folder, in the order of their names.
std::string models_in(const fs::path& folder) {
  constexpr std::size_t kShown = 5, kScanned = 1000;
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator it(folder, error);
  for (std::size_t i = 0; !error && it != fs::directory_iterator() && i < kScanned; it.increment(error), ++i)
    if (std::error_code ignored; fs::is_regular_file(it->path() / "config.json", ignored))
      names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  const std::size_t shown = std::min(names.size(), kShown);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

// Describes the neighbourhood of a missing folder: "; /srv/models is there and holds the model folders a, b".
std::string near(const fs::path& missing) {
  const fs::path there = nearest_existing(missing);
  const std::string models = models_in(there);
  return "; " + there.string() + " is there and holds " +
         (models.empty() ? "no model folder" : "the model folders " + models);
}

fs::path absolute(std::string_view name) {
  std::error_code error;
  return fs::absolute(fs::path(name), error).lexically_normal();
}

Status bad_path(std::string_view name) {
  const fs::path path = absolute(name);
  const std::string quoted = "\"" + path.string() + "\"";
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status))
    return Status(Code::kNotFound, "the folder " + quoted +
                                       " has no config.json: give the folder that holds a model's "
                                       "config.json, tokenizer.json and weights" +
                                       (models_in(path).empty() ? "" : near(path)))
        .with_id("model-missing");
  if (fs::exists(status))
    return Status(Code::kInvalidArgument,
                  quoted + " is a file: give the folder that holds the model's config.json");
  return Status(Code::kNotFound, "there is no folder " + quoted +
                                     ": give a model folder, or a name such as BAAI/bge-m3" + near(path))
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
  text += " is not on this machine: looked for a folder \"" + absolute(name).string() + "\" and for " +
          cache.folder().string();
  // "models/bge-m3" beside other models is a path with a mistake in it.
  if (std::error_code error;
      fs::is_directory(absolute(name).parent_path(), error) && name.find('/') != name.npos)
    text += near(absolute(name));
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
