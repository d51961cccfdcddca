#include "store/sqlite/log_limit.h"

#include <sqlite3.h>

#include <algorithm>

#include "store/sqlite/checkpoint.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

// Waits for a lock at most wait_ms, and leaves the connection with a timeout of usual_ms.
bool checkpoint_patiently(Connection& db, CommitRecord& record, Checkpoint mode, int wait_ms, int usual_ms) {
  sqlite3_busy_timeout(db.handle(), wait_ms);
  const auto done = checkpoint(db, record, mode);
  sqlite3_busy_timeout(db.handle(), usual_ms);
  return done.ok() && *done;
}

}  // namespace

LogLimit::LogLimit(const LogBounds& bounds, int max_wait_ms, CommitRecord& record)
    : bounds_(bounds),
      record_(record),
      max_wait_ms_(max_wait_ms),
      next_attempt_(bounds.pages),
      wait_ms_(std::min(bounds.wait_ms, max_wait_ms)) {}

void LogLimit::after_commit(Connection& db) {
  const int pages = db.log_pages();
  if (pages < bounds_.pages) next_attempt_ = bounds_.pages;  // it has started over
  if (pages < next_attempt_) return;
  // The next commit then begins at the log's start. A log that one large change has made longer than twice
  // its size gives its space back now.
  const Checkpoint mode = pages > 2 * bounds_.pages ? Checkpoint::kTruncate : Checkpoint::kRestart;
  if (checkpoint_patiently(db, record_, mode, wait_ms_, max_wait_ms_)) {
    wait_ms_ = std::min(bounds_.wait_ms, max_wait_ms_);
    return;
  }
  next_attempt_ = pages + std::max(1, bounds_.pages / 4);
  wait_ms_ = std::min(2 * wait_ms_, max_wait_ms_);
}

void LogLimit::empty(Connection& db) const {
  (void)checkpoint_patiently(db, record_, Checkpoint::kTruncate, std::min(bounds_.wait_ms, max_wait_ms_),
                             max_wait_ms_);
}

}  // namespace rappel::sqlite
