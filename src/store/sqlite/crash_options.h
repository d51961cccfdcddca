// Settings that crash_test shares with the process that it kills.
#pragma once

#include "store/sqlite/sqlite_store.h"

namespace rappel {

constexpr int kCrashDimension = 32;

inline SqliteStoreOptions crash_options(const std::filesystem::path& folder) {
  SqliteStoreOptions options;
  options.folder = folder;
  options.reserve_bytes = 0;
  options.model = {"test/crash", kCrashDimension, ""};
  return options;
}

}  // namespace rappel
