// SQL on a store's file past the store, for tests. Through the checked VFS, so that the pages keep their
// seals and only what the SQL says is changed.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

#include "store/sqlite/checked_vfs.h"

namespace rappel {

inline sqlite3* open_raw(const std::filesystem::path& file) {
  sqlite3* db = nullptr;
  EXPECT_EQ(
      sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, sqlite::checked_vfs()),
      SQLITE_OK);
  return db;
}

// The first column of each row, a line each.
inline std::string run_sql(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* db = open_raw(file);
  std::string lines;
  const auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0] != nullptr ? std::string(values[0]) + "\n" : "";
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), keep, &lines, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
  return lines;
}

}  // namespace rappel
