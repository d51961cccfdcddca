#include "wiring/stores.h"

#include <fmt/format.h>

#include "store/sqlite/sqlite_store.h"

namespace rappel {
namespace {

Status unknown_store(const std::string& kind) {
  return Status(Code::kUnsupported,
                fmt::format("datastore '{}' is not in this build, which has: sqlite. Set DATASTORE=sqlite",
                            kind))
      .with_id("setting");
}

SqliteStoreOptions sqlite_options(const StoreSettings& settings) {
  SqliteStoreOptions options;
  options.folder = settings.location;
  options.busy_ms = settings.busy_ms;
  return options;
}

}  // namespace

Result<StoreDescription> describe_store(const StoreSettings& settings) {
  if (settings.kind != "sqlite") return unknown_store(settings.kind);
  return StoreDescription{
      is_sqlite_store(settings.location), settings.location, {sqlite_store_file(settings.location)}};
}

Result<std::unique_ptr<DocumentStore>> open_store(const StoreSettings& settings, const ModelIdentity& model,
                                                  ThreadPool* pool) {
  if (settings.kind != "sqlite") return unknown_store(settings.kind);
  SqliteStoreOptions options = sqlite_options(settings);
  options.model = model;
  options.pool = pool;
  RAPPEL_ASSIGN(auto store, open_sqlite_store(options));
  return std::unique_ptr<DocumentStore>(std::move(store));
}

Result<StoreStats> inspect_store(const StoreSettings& settings, const ModelIdentity* model) {
  if (settings.kind != "sqlite") return unknown_store(settings.kind);
  SqliteStoreOptions options = sqlite_options(settings);
  if (model != nullptr) options.model = *model;
  return inspect_sqlite_store(options);
}

}  // namespace rappel
