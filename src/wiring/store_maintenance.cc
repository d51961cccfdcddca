#include "wiring/store_maintenance.h"

#include "store/sqlite/sqlite_store.h"

namespace rappel {
namespace {

// describe_store() refuses what this build does not have.
Result<SqliteStoreOptions> sqlite_options(const StoreSettings& settings) {
  RAPPEL_TRY(describe_store(settings).status());
  SqliteStoreOptions options;
  options.folder = settings.value("RAPPEL_DATA_DIR");
  options.busy_ms = settings.busy_ms;
  return options;
}

}  // namespace

Result<StoreReport> verify_store(const StoreSettings& settings) {
  RAPPEL_ASSIGN(const SqliteStoreOptions options, sqlite_options(settings));
  return verify_sqlite_store(options);
}

Result<StoreReport> repair_store(const StoreSettings& settings, bool drop_damaged) {
  RAPPEL_ASSIGN(const SqliteStoreOptions options, sqlite_options(settings));
  return repair_sqlite_store(options, drop_damaged);
}

Status accept_store(const StoreSettings& settings) {
  RAPPEL_ASSIGN(const SqliteStoreOptions options, sqlite_options(settings));
  return accept_sqlite_store(options);
}

Status unused_store(const StoreSettings& settings) {
  RAPPEL_ASSIGN(const SqliteStoreOptions options, sqlite_options(settings));
  return unused_sqlite_store(options);
}

Status backup_store(const StoreSettings& settings, const std::filesystem::path& target) {
  RAPPEL_ASSIGN(const SqliteStoreOptions options, sqlite_options(settings));
  return backup_sqlite_store(options, target);
}

}  // namespace rappel
