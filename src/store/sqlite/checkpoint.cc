#include "store/sqlite/checkpoint.h"

#include <sqlite3.h>

#include <cstdint>

#include "store/sqlite/commit_record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {

namespace {

int sqlite_mode(Checkpoint mode) {
  switch (mode) {
    case Checkpoint::kPassive: return SQLITE_CHECKPOINT_PASSIVE;
    case Checkpoint::kRestart: return SQLITE_CHECKPOINT_RESTART;
    case Checkpoint::kTruncate: return SQLITE_CHECKPOINT_TRUNCATE;
  }
  return SQLITE_CHECKPOINT_PASSIVE;
}

Status announce(CommitRecord& record, std::int64_t commit) {
  RAPPEL_TRY(record.raise(commit));
  return record.update([&](CommitNote& note) {
    if (note.reached >= commit) return false;
    note.reached = commit;
    return true;
  });
}

// A commit of another process in between may have been moved in part.
Status note_complete(Connection& db, CommitRecord& record, std::int64_t commit) {
  RAPPEL_ASSIGN(const State now, read_state(db));
  if (now.commit != commit) return {};
  return record.update([&](CommitNote& note) {
    if (note.reached != commit || note.complete == commit) return false;
    note.complete = commit;
    return true;
  });
}

}  // namespace

Result<bool> checkpoint(Connection& db, CommitRecord& record, Checkpoint mode) {
  RAPPEL_ASSIGN(const State state, read_state(db));
  RAPPEL_TRY(announce(record, state.commit));
  int pages = 0, moved = 0;
  const int rc = sqlite3_wal_checkpoint_v2(db.handle(), "main", sqlite_mode(mode), &pages, &moved);
  if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY) return db.failure(rc);
  if (pages >= 0 && moved == pages) RAPPEL_TRY(note_complete(db, record, state.commit));
  return rc == SQLITE_OK;
}

}  // namespace rappel::sqlite
