// The database for this process alone, without a connection: SQLite's own lock, which every connection that
// has read the database shares until it is closed. So nobody has the log open either.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "base/status.h"
#include "store/sqlite/raw_file.h"

namespace rappel::sqlite {

class DatabaseLock {
 public:
  // kUnavailable after busy_ms when somebody else has it open.
  static Result<std::unique_ptr<DatabaseLock>> take(const std::filesystem::path& database, int busy_ms);
  ~DatabaseLock();
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

 private:
  explicit DatabaseLock(std::unique_ptr<RawFile> file) : file_(std::move(file)) {}
  bool try_lock();

  const std::unique_ptr<RawFile> file_;
};

}  // namespace rappel::sqlite
