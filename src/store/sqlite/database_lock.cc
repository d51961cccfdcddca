#include "store/sqlite/database_lock.h"

#include <sqlite3.h>

#include <chrono>
#include <thread>

namespace rappel::sqlite {

Result<std::unique_ptr<DatabaseLock>> DatabaseLock::take(const std::filesystem::path& database, int busy_ms) {
  std::unique_ptr<DatabaseLock> lock(new DatabaseLock);
  sqlite3_vfs* vfs = sqlite3_initialize() == SQLITE_OK ? sqlite3_vfs_find(nullptr) : nullptr;
  if (vfs == nullptr) return Status(Code::kInternal, "SQLite has no VFS");
  // The names of databases end with several zeros, where SQLite keeps the parameters of a URI.
  lock->name_ = std::filesystem::absolute(database).string() + std::string(4, '\0');
  lock->memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(vfs->szOsFile));
  auto* file = reinterpret_cast<sqlite3_file*>(lock->memory_.get());
  if (vfs->xOpen(vfs, lock->name_.c_str(), file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB, nullptr) !=
      SQLITE_OK)
    return Status(Code::kUnavailable, "cannot write " + database.string()).with_id("data-folder");
  lock->file_ = file;
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
  const auto* methods = file_->pMethods;
  if (methods->xLock(file_, SQLITE_LOCK_SHARED) == SQLITE_OK &&
      methods->xLock(file_, SQLITE_LOCK_EXCLUSIVE) == SQLITE_OK)
    return true;
  methods->xUnlock(file_, SQLITE_LOCK_NONE);
  return false;
}

DatabaseLock::~DatabaseLock() {
  if (file_ == nullptr) return;
  file_->pMethods->xUnlock(file_, SQLITE_LOCK_NONE);
  file_->pMethods->xClose(file_);
}

}  // namespace rappel::sqlite
