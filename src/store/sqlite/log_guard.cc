#include "store/sqlite/log_guard.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <system_error>

#include "base/os/file.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/damaged_copy.h"
#include "store/sqlite/database_lock.h"
#include "store/sqlite/log_mending.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLogBytes = std::size_t{1} << 33;

std::string time_text(std::int64_t second) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(second)));
}

std::string commits_are(std::int64_t count) {
  return count == 1 ? "1 acknowledged commit is" : fmt::format("{} acknowledged commits are", count);
}

struct Mending {
  bool mended = false;   // the log
  bool dropped = false;  // the log, because the database is newer
};

// Nobody else has the database open.
Result<Mending> mend(const fs::path& database, const CommitCheck& check) {
  Mending mending;
  const fs::path log = log_file(database);
  std::error_code error;
  if (!fs::exists(log, error) || fs::file_size(log, error) == 0) return mending;
  RAPPEL_ASSIGN(const std::string bytes, read_file(log, kMaxLogBytes));
  RAPPEL_TRY(write_file_atomic(damaged_copy_name(log), bytes, true));
  if (const auto mended = mend_log(bytes)) {
    RAPPEL_TRY(write_file_atomic(log, mended->bytes, true));
    mending.mended = true;
  } else if (check.note->database_is_whole() && check.found < check.note->complete) {
    mending.dropped = fs::remove(log, error);
  }
  return mending;
}

Status refuse_mixture(const fs::path& database) {
  return Status(Code::kCorrupt,
                database.string() +
                    " is damaged: its log was damaged while pages were moved from it to the database, and "
                    "neither has all of them; restore the folder from a backup, or move it away and ingest "
                    "again")
      .with_id("store-damaged");
}

}  // namespace

fs::path log_file(const fs::path& database) { return database.string() + "-wal"; }

Result<std::uint64_t> read_store_id(Connection& db) {
  RAPPEL_ASSIGN(Statement select, db.prepare("SELECT value FROM meta WHERE key = 'store_id'"));
  RAPPEL_ASSIGN(const bool row, select.step());
  if (!row) return db.damaged("table meta has no store_id");
  const std::string_view hex = select.text(0);
  std::uint64_t id = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), id, 16);
  return id;
}

Result<CommitCheck> compare_commits(const fs::path& database, int busy_ms) {
  CommitCheck check;
  // First the record, then the database: a commit in between is no loss.
  RAPPEL_ASSIGN(check.note, read_commit_record(database));
  if (!check.note) return check;
  RAPPEL_ASSIGN(const std::unique_ptr<Connection> db, Connection::open(database, busy_ms));
  db->keep_log_on_close();
  RAPPEL_TRY(db->exec("BEGIN"));
  RAPPEL_ASSIGN(const bool fresh, is_fresh(*db));
  RAPPEL_ASSIGN(const std::int64_t application, db->query_integer("PRAGMA application_id"));
  RAPPEL_ASSIGN(const std::int64_t version, db->query_integer("PRAGMA user_version"));
  // The log may hold all there is, the tables too.
  const bool had_commits = check.note->commit > 0;
  if (fresh && had_commits) return check;
  constexpr std::int64_t kFirstRecordedVersion = 3;
  if (fresh || application != kApplicationId || version < kFirstRecordedVersion) return CommitCheck{};
  RAPPEL_ASSIGN(const std::uint64_t store, read_store_id(*db));
  if (store != check.note->store) return CommitCheck{};
  RAPPEL_ASSIGN(const State state, read_state(*db));
  check.found = state.commit;
  return check;
}

Status guard_commits(const fs::path& database, int busy_ms) {
  auto check = compare_commits(database, busy_ms);
  if (!check.ok()) return check.status();
  if (check->missing() == 0) return {};
  const CommitNote before = *check->note;
  Mending mending;
  {
    RAPPEL_ASSIGN(const auto lock, DatabaseLock::take(database, busy_ms));
    RAPPEL_ASSIGN(mending, mend(database, *check));
  }
  check = compare_commits(database, busy_ms);
  if (!check.ok()) return check.status();
  if (!before.database_is_whole() && check->log_is_older_than_database()) return refuse_mixture(database);
  RAPPEL_ASSIGN(const auto record, CommitRecord::open(database));
  return record->update([&](CommitNote& note) {
    if (!(note == before)) return false;  // another process was faster
    if (const std::int64_t missing = check->missing(); missing > 0) {
      note.lost += missing;
      note.lost_time = note.second;
      note.commit = check->found;
      note.complete = note.reached = std::min(note.complete, check->found);
    } else {
      ++note.mended;
    }
    return true;
  });
}

Status trouble_of(const CommitNote& note, const fs::path& database) {
  const std::string kept =
      "; the damaged log is kept as " + log_file(database).filename().string() + ".damaged-*";
  if (note.lost > 0)
    return Status(
               Code::kCorrupt,
               fmt::format("{} missing from {}, because its log was damaged or removed; the last of them was "
                           "acknowledged at {}: ingest the documents of that time again or restore a "
                           "backup, then run `rappel store accept`{}",
                           commits_are(note.lost), database.string(), time_text(note.lost_time), kept))
        .with_id("commits-missing");
  if (note.mended > 0)
    return Status(Code::kCorrupt,
                  fmt::format("the log of {} was damaged and could be mended: nothing is lost, but check the "
                              "disk, then run `rappel store accept`{}",
                              database.string(), kept))
        .with_id("log-mended");
  return {};
}

Status trouble_of(const CommitCheck& check, const fs::path& database) {
  if (check.missing() == 0) return check.note ? trouble_of(*check.note, database) : Status();
  return Status(
             Code::kCorrupt,
             fmt::format("{} missing from {}, the last one of {}, because its log is damaged or was removed: "
                         "stop the server and run `rappel store repair`, which keeps a copy of the log and "
                         "mends it if that is possible",
                         commits_are(check.missing()), database.string(), time_text(check.note->second)))
      .with_id("commits-missing");
}

}  // namespace rappel::sqlite
