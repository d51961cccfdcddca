#include "wiring/stores.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/os/file.h"
#include "base/os/random.h"
#include "store/sqlite/sqlite_store.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

using Opened = Result<std::unique_ptr<DocumentStore>>;

struct StoreRow {
  const char* name;                   // in DATASTORE
  std::vector<std::string> settings;  // that it reads, besides the network's; the first one locates it
  StoreDescription (*describe)(const StoreSettings& settings);
  StoreSettings (*in)(const fs::path& folder, const StoreSettings& settings);
  Opened (*open)(const StoreSettings& settings, const ModelIdentity& model, ThreadPool* pool);
  Result<StoreStats> (*inspect)(const StoreSettings& settings, const ModelIdentity* model);
  Result<ScratchStore> (*scratch)(const StoreSettings& settings, const ModelIdentity& model,
                                  ThreadPool* pool);
};

// --- sqlite: a data folder of this machine ---

constexpr char kDataFolder[] = "RAPPEL_DATA_DIR";

SqliteStoreOptions sqlite_options(const StoreSettings& settings) {
  SqliteStoreOptions options;
  options.folder = settings.value(kDataFolder);
  options.busy_ms = settings.busy_ms;
  return options;
}

std::string owner_of(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return "";
  return fmt::format(" (mode {:04o}, of user {}; this is user {})", info.st_mode & 07777, info.st_uid,
                     ::geteuid());
}

std::string unwritable(const fs::path& folder) {
  const fs::path place = nearest_existing(folder);
  std::error_code error;
  if (!fs::is_directory(place, error)) return place.string() + " is not a folder";
  if (::access(place.c_str(), W_OK | X_OK) == 0) return "";
  return fmt::format("{} may not be written: {}{}", place.string(), std::strerror(errno), owner_of(place));
}

Status creatable(const fs::path& folder) {
  const std::string problem = unwritable(folder);
  if (problem.empty()) return {};
  return Status(Code::kUnavailable,
                fmt::format("cannot create a store in {}: {}; set RAPPEL_DATA_DIR or --data-dir to a folder "
                            "that this user may write",
                            folder.string(), problem))
      .with_id("data-folder");
}

Status no_sqlite_store(const std::string& place) {
  std::error_code error;
  return Status(Code::kNotFound,
                fmt::format("there is no store in {}{}: set RAPPEL_DATA_DIR or --data-dir to the folder of a "
                            "store, or store documents there with `rappel ingest PATH`",
                            place, fs::exists(place, error) ? "" : ", which does not exist"));
}

StoreDescription describe_sqlite(const StoreSettings& settings) {
  const fs::path folder = settings.value(kDataFolder);
  std::error_code error;
  const fs::path absolute = fs::absolute(folder, error);
  StoreDescription description{.exists = is_sqlite_store(folder),
                               .setting = kDataFolder,
                               .location = folder.string(),
                               .place = (error ? folder : absolute).lexically_normal().string(),
                               .fact = "data_dir",
                               .unwritable = unwritable(folder),
                               .files = {sqlite_store_file(folder)},
                               .disk = folder};
  if (!description.exists) description.missing = no_sqlite_store(description.place);
  return description;
}

StoreSettings sqlite_in(const fs::path& folder, const StoreSettings& settings) {
  StoreSettings there = settings;
  there.values[kDataFolder] = folder.string();
  return there;
}

Opened open_sqlite(const StoreSettings& settings, const ModelIdentity& model, ThreadPool* pool) {
  SqliteStoreOptions options = sqlite_options(settings);
  if (!is_sqlite_store(options.folder)) RAPPEL_TRY(creatable(options.folder));
  options.model = model;
  options.pool = pool;
  RAPPEL_ASSIGN(auto store, open_sqlite_store(options));
  return std::unique_ptr<DocumentStore>(std::move(store));
}

Result<StoreStats> inspect_sqlite(const StoreSettings& settings, const ModelIdentity* model) {
  SqliteStoreOptions options = sqlite_options(settings);
  if (model != nullptr) options.model = *model;
  return inspect_sqlite_store(options);
}

struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / ("rappel-scratch-" + random_hex(8));
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

Result<ScratchStore> scratch_sqlite(const StoreSettings& settings, const ModelIdentity& model,
                                    ThreadPool* pool) {
  const auto folder = std::make_shared<TemporaryFolder>();
  ScratchStore scratch{.place = folder, .store = nullptr, .words = "a temporary database"};
  RAPPEL_ASSIGN(scratch.store, open_sqlite(sqlite_in(folder->path, settings), model, pool));
  return scratch;
}

// --- the table ---

std::span<const StoreRow> rows() {
  static const StoreRow table[] = {
      {"sqlite", {kDataFolder}, describe_sqlite, sqlite_in, open_sqlite, inspect_sqlite, scratch_sqlite},
  };
  return table;
}

std::string names() {
  std::string names;
  for (const StoreRow& row : rows()) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

Result<const StoreRow*> row_of(const StoreSettings& settings) {
  for (const StoreRow& row : rows())
    if (settings.kind == row.name) return &row;
  return Status(Code::kUnsupported,
                fmt::format("datastore '{}' is not in this build, which has: {}. Set DATASTORE={}",
                            settings.kind, names(), rows().front().name))
      .with_id("setting");
}

}  // namespace

std::string StoreSettings::value(const std::string& name) const {
  const auto it = values.find(name);
  return it == values.end() ? "" : it->second;
}

std::span<const std::string> store_kinds() {
  static const std::vector<std::string> kinds = [] {
    std::vector<std::string> all;
    for (const StoreRow& row : rows()) all.emplace_back(row.name);
    return all;
  }();
  return kinds;
}

std::span<const std::string> store_setting_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const StoreRow& row : rows()) all.insert(all.end(), row.settings.begin(), row.settings.end());
    return all;
  }();
  return names;
}

Result<StoreDescription> describe_store(const StoreSettings& settings) {
  RAPPEL_ASSIGN(const StoreRow* row, row_of(settings));
  return row->describe(settings);
}

Result<StoreSettings> store_in(const fs::path& folder, const StoreSettings& settings) {
  RAPPEL_ASSIGN(const StoreRow* row, row_of(settings));
  return row->in(folder, settings);
}

Opened open_store(const StoreSettings& settings, const ModelIdentity& model, ThreadPool* pool) {
  RAPPEL_ASSIGN(const StoreRow* row, row_of(settings));
  return row->open(settings, model, pool);
}

Result<StoreStats> inspect_store(const StoreSettings& settings, const ModelIdentity* model) {
  RAPPEL_ASSIGN(const StoreRow* row, row_of(settings));
  return row->inspect(settings, model);
}

Result<ScratchStore> open_scratch_store(const StoreSettings& settings, const ModelIdentity& model,
                                        ThreadPool* pool) {
  RAPPEL_ASSIGN(const StoreRow* row, row_of(settings));
  return row->scratch(settings, model, pool);
}

}  // namespace rappel
