// LogLimit: keeps the write-ahead log short.
//
// SQLite starts its log over when all of it is in the database and no reader uses it. Readers that overlap
// leave no such moment, and the log grows. LogLimit makes one: after a commit that leaves `pages` or more in
// the log, it waits for the readers of older states (SQLITE_CHECKPOINT_RESTART). Readers that begin meanwhile
// do not wait, and find everything in the database, so that they need no log. Only the writer waits.
//
// A reader that stays longer than the wait delays the next attempt until a quarter of `pages` was added; each
// failure doubles the wait, so that a log that is far beyond its size is worth more time.
#pragma once

namespace rappel::sqlite {

class CommitRecord;
class Connection;

struct LogBounds {
  int pages = 4000;   // of 4 KiB: the size at which the log is written back
  int wait_ms = 500;  // for readers of older states, at the first attempt
};

class LogLimit {
 public:
  // No wait is longer than max_wait_ms. It becomes the connection's timeout for locks. `record` must outlive
  // it.
  LogLimit(const LogBounds& bounds, int max_wait_ms, CommitRecord& record);

  // After a commit of `db`, outside of any transaction; one thread at a time. A failure is left to the next
  // attempt, because the log keeps what could not be moved.
  void after_commit(Connection& db);
  // Moves everything to the database and gives the log's room back to the disk, as far as readers and the
  // disk allow. Outside of any transaction.
  void empty(Connection& db) const;

 private:
  const LogBounds bounds_;
  CommitRecord& record_;
  const int max_wait_ms_;
  int next_attempt_;  // pages
  int wait_ms_;
};

}  // namespace rappel::sqlite
