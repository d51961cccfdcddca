#include "store/sqlite/log_limit.h"

#include <sqlite3.h>

#include <algorithm>

#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

// Waits for a lock at most wait_ms, and leaves the connection with a timeout of usual_ms.
bool checkpoint(Connection& db, int mode, int wait_ms, int usual_ms) {
  sqlite3_busy_timeout(db.handle(), wait_ms);
  const int rc = sqlite3_wal_checkpoint_v2(db.handle(), "main", mode, nullptr, nullptr);
  sqlite3_busy_timeout(db.handle(), usual_ms);
  return rc == SQLITE_OK;
}

}  // namespace

LogLimit::LogLimit(const LogBounds& bounds, int max_wait_ms)
    : bounds_(bounds),
      max_wait_ms_(max_wait_ms),
      next_attempt_(bounds.pages),
      wait_ms_(std::min(bounds.wait_ms, max_wait_ms)) {}

void LogLimit::after_commit(Connection& db) {
  const int pages = db.log_pages();
  if (pages < bounds_.pages) next_attempt_ = bounds_.pages;  // it has started over
  if (pages < next_attempt_) return;
  // The next commit then begins at the log's start. A log that one large change has made longer than twice
  // its size gives its space back now.
  const int mode = pages > 2 * bounds_.pages ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
  if (checkpoint(db, mode, wait_ms_, max_wait_ms_)) {
    wait_ms_ = std::min(bounds_.wait_ms, max_wait_ms_);
    return;
  }
  next_attempt_ = pages + std::max(1, bounds_.pages / 4);
  wait_ms_ = std::min(2 * wait_ms_, max_wait_ms_);
}

void LogLimit::empty(Connection& db) const {
  (void)checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE, std::min(bounds_.wait_ms, max_wait_ms_), max_wait_ms_);
}

}  // namespace rappel::sqlite
