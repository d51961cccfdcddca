#include "wiring/collections.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/os/file.h"
#include "base/os/random.h"
#include "codec/json.h"
#include "wiring/store_maintenance.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "collection.json";
// Folders that are being made or removed; no name begins with a dot.
constexpr const char* kUnfinished = ".unfinished-";
Status disk_failed(const fs::path& place, const std::error_code& error) {
  return Status(Code::kUnavailable, "the collections' folder " + place.string() + " cannot be used",
                error.message());
}

Json to_json(const CollectionSettings& settings) {
  Json json{{"name", settings.name},
            {"description", settings.description},
            {"created_at", settings.created_at},
            {"metadata", settings.metadata}};
  if (settings.title) json["title"] = *settings.title;
  if (settings.expire_days) json["expire_days"] = *settings.expire_days;
  if (settings.chunk_tokens) json["chunk_tokens"] = *settings.chunk_tokens;
  if (settings.chunk_overlap) json["chunk_overlap"] = *settings.chunk_overlap;
  return json;
}

Result<std::optional<std::size_t>> read_size(const Json& json, const char* key) {
  if (!json.contains(key)) return std::optional<std::size_t>();
  RAPPEL_ASSIGN(const long long value, json_integer(json, key));
  if (value < 0) return Status(Code::kCorrupt, fmt::format("{} is negative", key));
  return std::optional(static_cast<std::size_t>(value));
}

Result<CollectionSettings> from_json(std::string_view name, const Json& json) {
  CollectionSettings settings;
  settings.name = name;
  RAPPEL_ASSIGN(settings.description, json_string(json, "description"));
  RAPPEL_ASSIGN(settings.created_at, json_integer(json, "created_at"));
  RAPPEL_ASSIGN(settings.chunk_tokens, read_size(json, "chunk_tokens"));
  RAPPEL_ASSIGN(settings.chunk_overlap, read_size(json, "chunk_overlap"));
  if (json.contains("title")) {
    RAPPEL_ASSIGN(settings.title, json_string(json, "title"));
  }
  if (json.contains("expire_days")) {
    RAPPEL_ASSIGN(settings.expire_days, json_integer(json, "expire_days"));
  }
  if (json.contains("metadata") && json["metadata"].is_object())
    for (const auto& [key, value] : json["metadata"].items())
      if (value.is_string()) settings.metadata[key] = value.get<std::string>();
  return settings;
}

Result<CollectionSettings> read_settings(const fs::path& file, std::string_view name) {
  const auto read = [&]() -> Result<CollectionSettings> {
    RAPPEL_ASSIGN(const std::string text, read_file(file));
    RAPPEL_ASSIGN(const Json json, parse_json(text));
    return from_json(name, json);
  };
  auto settings = read();
  if (settings.ok()) return settings;
  return Status(Code::kCorrupt,
                fmt::format("the settings of collection \"{}\" in {} cannot be read; restore the file, or "
                            "remove the collection's folder",
                            name, file.string()),
                settings.status().to_string());
}

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error, vanished;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(vanished))
      if (const auto size = it->file_size(vanished); !vanished) bytes += size;
  return bytes;
}

// The files of the store with their companions ("store.db-wal"), and its index: a data folder has more in it.
std::uint64_t store_bytes(const StoreDescription& store) {
  std::uint64_t bytes = bytes_below(store.disk / "index");
  std::error_code error, vanished;
  for (fs::directory_iterator it(store.disk, error), end; !error && it != end; it.increment(error))
    for (const fs::path& file : store.files)
      if (it->path().filename().string().starts_with(file.filename().string()) &&
          it->is_regular_file(vanished))
        if (const auto size = it->file_size(vanished); !vanished) bytes += size;
  return bytes;
}

}  // namespace

Result<Collections> Collections::beside(const StoreSettings& base) {
  RAPPEL_ASSIGN(const StoreDescription store, describe_store(base));
  if (store.disk.empty())
    return Status(Code::kUnsupported, "this datastore has no collections; choose DATASTORE=sqlite for them");
  return Collections(base, store.disk / "collections");
}

Result<std::vector<CollectionSettings>> Collections::list() const {
  std::vector<CollectionSettings> all;
  std::error_code error;
  if (!fs::exists(folder_, error)) return all;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!check_collection_name(name).ok() || !fs::exists(it->path() / kFile)) continue;
    RAPPEL_ASSIGN(CollectionSettings settings, read_settings(it->path() / kFile, name));
    all.push_back(std::move(settings));
  }
  if (error) return disk_failed(folder_, error);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

Result<CollectionSettings> Collections::find(std::string_view name) const {
  std::error_code error;
  if (name == kDefaultCollection || !check_collection_name(name).ok()) return no_such_collection(name);
  const fs::path file = folder_ / name / kFile;
  if (!fs::exists(file, error)) return no_such_collection(name);
  return read_settings(file, name);
}

Status Collections::write(const fs::path& folder, const CollectionSettings& settings) const {
  return write_file_atomic(folder / kFile, dump_json(to_json(settings)) + "\n");
}

Result<CollectionSettings> Collections::create(CollectionSettings settings) const {
  RAPPEL_TRY(check_collection(settings));
  std::error_code error;
  const fs::path place = folder_ / settings.name;
  if (settings.name == kDefaultCollection || fs::exists(place, error))
    return Status(Code::kFailedPrecondition,
                  fmt::format("there is a collection \"{}\" already", settings.name));
  remove_leftovers();
  settings.created_at = static_cast<std::int64_t>(std::time(nullptr));
  const fs::path made = folder_ / (kUnfinished + random_hex(8));
  fs::create_directories(made, error);
  if (error) return disk_failed(made, error);
  RAPPEL_TRY(write(made, settings));
  fs::rename(made, place, error);
  if (error) {
    std::error_code ignored;
    fs::remove_all(made, ignored);
    // Another process was faster: a folder with files in it is not replaced.
    if (fs::exists(place, ignored))
      return Status(Code::kFailedPrecondition,
                    fmt::format("there is a collection \"{}\" already", settings.name));
    return disk_failed(place, error);
  }
  RAPPEL_TRY(sync_folder(folder_));
  return settings;
}

Result<CollectionSettings> Collections::change(const CollectionSettings& settings) const {
  RAPPEL_TRY(check_collection(settings));
  RAPPEL_ASSIGN(CollectionSettings changed, find(settings.name));
  changed.description = settings.description;
  changed.metadata = settings.metadata;
  changed.title = settings.title;
  changed.expire_days = settings.expire_days;
  RAPPEL_TRY(write(folder_ / changed.name, changed));
  return changed;
}

Result<CollectionUsage> Collections::usage(std::string_view name) const {
  RAPPEL_ASSIGN(const StoreSettings there, store(name));
  RAPPEL_ASSIGN(const StoreDescription described, describe_store(there));
  if (!described.exists) return CollectionUsage();
  RAPPEL_ASSIGN(const StoreStats stats, inspect_store(there, nullptr));
  return CollectionUsage{stats.documents, stats.chunks, store_bytes(described)};
}

Result<std::uint64_t> Collections::bytes(std::string_view name) const {
  RAPPEL_ASSIGN(const StoreSettings there, store(name));
  RAPPEL_ASSIGN(const StoreDescription described, describe_store(there));
  return store_bytes(described);
}

Status Collections::drop(std::string_view name) const {
  if (name == kDefaultCollection)
    return Status(Code::kInvalidArgument,
                  "the default collection cannot be dropped; delete its documents instead");
  RAPPEL_ASSIGN(const StoreSettings there, store(name));
  RAPPEL_ASSIGN(const StoreDescription described, describe_store(there));
  if (described.exists) RAPPEL_TRY(unused_store(there));
  std::error_code error;
  const fs::path gone = folder_ / (kUnfinished + random_hex(8));
  fs::rename(folder_ / name, gone, error);
  if (error) return disk_failed(folder_ / name, error);
  RAPPEL_TRY(sync_folder(folder_));
  fs::remove_all(gone, error);
  if (error) return disk_failed(gone, error);
  return {};
}

// Removes what processes left that ended in the middle. Another process may be making one now: it is a matter
// of milliseconds, so young ones stay.
void Collections::remove_leftovers() const {
  std::error_code error;
  std::vector<fs::path> old;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    std::error_code unknown;
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(it->path(), unknown);
    if (it->path().filename().string().starts_with(kUnfinished) && !unknown && age > std::chrono::hours(1))
      old.push_back(it->path());
  }
  for (const fs::path& path : old) fs::remove_all(path, error);
}

Result<StoreSettings> Collections::store(std::string_view name) const {
  if (name == kDefaultCollection) return base_;
  RAPPEL_TRY(find(name).status());
  return store_in(folder_ / name, base_);
}

}  // namespace rappel
