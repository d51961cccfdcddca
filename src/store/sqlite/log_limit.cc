#include "store/sqlite/log_limit.h"

#include <sqlite3.h>

#include <algorithm>

#include "store/sqlite/connection.h"

namespace rappel::sqlite {

LogLimit::LogLimit(const LogBounds& bounds, int max_wait_ms)
    : bounds_(bounds),
      max_wait_ms_(max_wait_ms),
      next_attempt_(bounds.pages),
      wait_ms_(std::min(bounds.wait_ms, max_wait_ms)) {}

void LogLimit::after_commit(Connection& db) {
  const int pages = db.log_pages();
  if (pages < bounds_.pages) next_attempt_ = bounds_.pages;  // it has started over
  if (pages < next_attempt_) return;
  if (start_over(db)) {
    wait_ms_ = std::min(bounds_.wait_ms, max_wait_ms_);
    return;
  }
  next_attempt_ = pages + std::max(1, bounds_.pages / 4);
  wait_ms_ = std::min(2 * wait_ms_, max_wait_ms_);
}

// The next commit then begins at the log's start. A log that one large change has made longer than twice its
// size gives its space back now.
bool LogLimit::start_over(Connection& db) const {
  const int mode =
      db.log_pages() > 2 * bounds_.pages ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;
  sqlite3_busy_timeout(db.handle(), wait_ms_);
  const int rc = sqlite3_wal_checkpoint_v2(db.handle(), "main", mode, nullptr, nullptr);
  sqlite3_busy_timeout(db.handle(), max_wait_ms_);
  return rc == SQLITE_OK;
}

}  // namespace rappel::sqlite
