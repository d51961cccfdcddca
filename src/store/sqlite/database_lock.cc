#include "store/sqlite/database_lock.h"

#include <sqlite3.h>

#include <chrono>
#include <thread>
#include <utility>

namespace rappel::sqlite {

Result<std::unique_ptr<DatabaseLock>> DatabaseLock::take(const std::filesystem::path& database, int busy_ms) {
  auto file = RawFile::open(database, SQLITE_OPEN_MAIN_DB);
  if (!file) return Status(Code::kUnavailable, "cannot write " + database.string()).with_id("data-folder");
  std::unique_ptr<DatabaseLock> lock(new DatabaseLock(std::move(file)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_ms);
  while (!lock->try_lock()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return Status(Code::kUnavailable, database.string() +
                                            " is open in another process: stop every rappel that uses this "
                                            "data folder and start again")
          .with_id("store-locked");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return lock;
}

bool DatabaseLock::try_lock() {
  sqlite3_file* const file = file_->get();
  if (file->pMethods->xLock(file, SQLITE_LOCK_SHARED) == SQLITE_OK &&
      file->pMethods->xLock(file, SQLITE_LOCK_EXCLUSIVE) == SQLITE_OK)
    return true;
  file->pMethods->xUnlock(file, SQLITE_LOCK_NONE);
  return false;
}

DatabaseLock::~DatabaseLock() { file_->get()->pMethods->xUnlock(file_->get(), SQLITE_LOCK_NONE); }

}  // namespace rappel::sqlite
