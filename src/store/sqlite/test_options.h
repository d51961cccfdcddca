// Options of a store for tests.
#pragma once

#include <filesystem>

#include "store/sqlite/sqlite_store.h"

namespace rappel::sqlite {

inline SqliteStoreOptions test_options(const std::filesystem::path& folder, int dimension) {
  SqliteStoreOptions options;
  options.folder = folder;
  options.model.name = "test";
  options.model.revision = "1";
  options.model.dimension = dimension;
  return options;
}

}  // namespace rappel::sqlite
