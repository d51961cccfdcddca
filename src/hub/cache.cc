#include "hub/cache.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "base/os/file.h"
#include "base/os/random.h"
#include "codec/json.h"
#include "hub/names.h"

namespace rappel::hub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRefBytes = 256;
constexpr std::size_t kMaxModulesBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxIndexBytes = std::size_t{1} << 20;  // as formats/model_files.cc
constexpr std::size_t kMaxShards = 256;

std::optional<std::string> read_ref(const fs::path& path) {
  Result<std::string> text = read_file(path, kMaxRefBytes);
  if (!text.ok()) return std::nullopt;
  text->erase(text->find_last_not_of(" \r\n\t") + 1);
  if (!is_commit(*text)) return std::nullopt;
  return std::move(*text);
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

Status io_error(const char* what, const fs::path& path, const std::error_code& error) {
  return Status(Code::kUnavailable,
                std::string("cannot ") + what + " " + path.string() + ": " + error.message());
}

constexpr const char* kTemporary = ".tmp-";  // and random hexadecimal digits
constexpr std::size_t kTemporaryBytes = 8;

// Links that a process did not bring to their place because it was killed.
void remove_leftovers(const fs::path& pointer) {
  const std::string start = pointer.filename().string() + kTemporary;
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(pointer.parent_path(), error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(start) && name.size() == start.size() + 2 * kTemporaryBytes &&
        name.find_first_not_of("0123456789abcdef", start.size()) == std::string::npos)
      found.push_back(it->path());
  }
  for (const fs::path& leftover : found) fs::remove(leftover, error);
}

}  // namespace

RepositoryCache::RepositoryCache(fs::path cache, std::string_view repository)
    : cache_(std::move(cache)), folder_(cache_ / repository_folder(repository)) {}

fs::path RepositoryCache::incomplete(std::string_view etag) const {
  return folder_ / "blobs" / (std::string(etag) + ".incomplete");
}

fs::path RepositoryCache::lock(std::string_view etag) const {
  return cache_ / ".locks" / folder_.filename() / (std::string(etag) + ".lock");
}

std::optional<std::string> RepositoryCache::commit_of(std::string_view revision) const {
  if (std::optional<std::string> commit = read_ref(ref(revision))) return commit;
  if (is_commit(revision)) return std::string(revision);
  return std::nullopt;
}

std::vector<std::string> RepositoryCache::commits() const {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder_ / "snapshots", error), end; !error && it != end; it.increment(error))
    if (std::string name = it->path().filename().string(); is_commit(name)) found.push_back(std::move(name));
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::pair<std::string, std::string>> RepositoryCache::refs() const {
  std::vector<std::pair<std::string, std::string>> found;
  const fs::path root = folder_ / "refs";
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (!is_file(it->path())) continue;
    if (std::optional<std::string> commit = read_ref(it->path()))
      found.emplace_back(it->path().lexically_relative(root).generic_string(), std::move(*commit));
  }
  std::sort(found.begin(), found.end());
  return found;
}

Status RepositoryCache::link(std::string_view commit, std::string_view file, std::string_view etag,
                             bool new_blob) const {
  const fs::path pointer = snapshot(commit) / file;
  std::error_code error;
  fs::create_directories(pointer.parent_path(), error);
  if (error) return io_error("create", pointer.parent_path(), error);

  remove_leftovers(pointer);
  const fs::path temporary = pointer.string() + kTemporary + random_hex(kTemporaryBytes);
  fs::create_symlink(blob(etag).lexically_relative(pointer.parent_path()), temporary, error);
  if (error) {
    if (new_blob)
      fs::rename(blob(etag), temporary, error);
    else
      fs::copy_file(blob(etag), temporary, error);
    if (error) return io_error("write", temporary, error);
  }
  fs::rename(temporary, pointer, error);
  if (!error) return {};
  const Status status = io_error("write", pointer, error);
  std::error_code ignored;
  fs::remove(temporary, ignored);
  return status;
}

Result<std::vector<std::string>> shards_of_index(const fs::path& index) {
  const auto refuse = [&](const std::string& why) {
    return Status(Code::kCorrupt, index.string() + ": " + why);
  };
  RAPPEL_ASSIGN(const std::string text, read_file(index, kMaxIndexBytes));
  Result<Json> json = parse_json(text);
  if (!json.ok()) return refuse(json.status().message());
  const auto map = json->is_object() ? json->find("weight_map") : json->end();
  if (!json->is_object() || map == json->end() || !map->is_object() || map->empty())
    return refuse("\"weight_map\" is missing or not an object");
  const bool torch = index.filename().string().starts_with("pytorch_model");
  const std::string suffix = torch ? ".bin" : ".safetensors";
  std::set<std::string> shards;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string()) return refuse("tensor \"" + tensor + "\" names no file");
    const std::string name = file.get<std::string>();
    if (!is_safe_file_name(name) || name.find('/') != std::string::npos || !name.ends_with(suffix))
      return refuse("tensor \"" + tensor + "\" lies in \"" + name + "\", which is not a " + suffix +
                    " file in its folder");
    shards.insert(name);
    if (shards.size() > kMaxShards) return refuse("names more than " + std::to_string(kMaxShards) + " files");
  }
  return std::vector<std::string>(shards.begin(), shards.end());
}

bool is_encoder_folder(std::string_view name) {
  const std::size_t digits = name.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && name.substr(digits) == "_Transformer";
}

fs::path encoder_folder(const fs::path& folder) {
  const Result<std::string> text = read_file(folder / "modules.json", kMaxModulesBytes);
  if (!text.ok()) return folder;
  const Result<Json> modules = parse_json(*text);
  if (!modules.ok() || !modules->is_array()) return folder;
  for (const Json& module : *modules) {
    const auto type = json_string(module, "type");
    const auto path = json_string(module, "path");
    if (!type.ok() || !path.ok() || !type->ends_with(".Transformer")) continue;
    return is_safe_file_name(*path) ? folder / *path : folder;
  }
  return folder;
}

std::vector<std::string> missing_files(const fs::path& model) {
  const fs::path folder = encoder_folder(model);
  std::vector<std::string> missing;
  if (!is_file(folder / "config.json")) missing.push_back("config.json");
  if (!is_file(folder / "tokenizer.json") && !is_file(folder / "sentencepiece.bpe.model") &&
      !is_file(folder / "vocab.txt"))
    missing.push_back("tokenizer.json");
  const auto form = std::find_if(std::begin(kWeightForms), std::end(kWeightForms),
                                 [&](const char* name) { return is_file(folder / name); });
  if (form == std::end(kWeightForms)) {
    missing.push_back("weights (model.safetensors or pytorch_model.bin)");
  } else if (is_index(*form)) {
    const Result<std::vector<std::string>> shards = shards_of_index(folder / *form);
    if (!shards.ok()) missing.push_back(*form);
    for (const std::string& shard : shards.ok() ? *shards : std::vector<std::string>())
      if (!is_file(folder / shard)) missing.push_back(shard);
  }
  return missing;
}

}  // namespace rappel::hub
