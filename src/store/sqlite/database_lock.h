// The database for this process alone, without a connection: SQLite's own lock, which every connection that
// has read the database shares until it is closed. So nobody has the log open either.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "base/status.h"

struct sqlite3_file;

namespace rappel::sqlite {

class DatabaseLock {
 public:
  // kUnavailable after busy_ms when somebody else has it open.
  static Result<std::unique_ptr<DatabaseLock>> take(const std::filesystem::path& database, int busy_ms);
  ~DatabaseLock();
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

 private:
  DatabaseLock() = default;
  bool try_lock();

  std::string name_;
  std::unique_ptr<std::byte[]> memory_;
  sqlite3_file* file_ = nullptr;
};

}  // namespace rappel::sqlite
