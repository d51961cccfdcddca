#include "store/sqlite/sqlite_store.h"

#include <gtest/gtest.h>

#include "store/store_conformance.h"
#include "store/store_test_util.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

Result<std::unique_ptr<Store>> open_store(const fs::path& folder, int dimension) {
  SqliteStoreOptions options;
  options.folder = folder;
  options.model_name = "test/model";
  options.model_revision = "r1";
  options.dimension = dimension;
  options.busy_ms = 2000;
  return open_sqlite_store(options);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(StoreFactory{"sqlite", open_store}), factory_name);

}  // namespace
}  // namespace rappel
