#include "store/sqlite/sqlite_store.h"

#include <chrono>
#include <thread>
#include <utility>

#include "store/sqlite/commit_record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/embedded_store.h"
#include "store/sqlite/index_comparison.h"
#include "store/sqlite/log_guard.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/store_file.h"

namespace rappel {
namespace sqlite {
namespace {

namespace fs = std::filesystem;

// Inside one write transaction, so that two processes that start together make one database.
Status prepare(Connection& db, const ModelIdentity& model) {
  RAPPEL_TRY(db.exec("PRAGMA journal_mode=WAL"));
  RAPPEL_TRY(db.exec("BEGIN IMMEDIATE"));
  Status status = prepare_schema(db, model);
  if (status.ok()) status = db.exec("COMMIT");
  if (!status.ok() && db.in_transaction()) (void)db.exec("ROLLBACK");
  return status;
}

// The files of the log need a little room, which a full disk has in the reserve.
template <class Attempt>
Status with_room(const fs::path& file, const Attempt& attempt) {
  Status status = attempt();
  if (status.id() != "disk-full") return status;
  std::error_code error;
  fs::remove(reserve_file(file), error);
  return attempt();
}

// A record that is missing or of another store begins with what is there. It is not known then
// how far the database is complete without its log.
Status begin_record(Connection& db, CommitRecord& record) {
  RAPPEL_ASSIGN(const std::uint64_t store, read_store_id(db));
  RAPPEL_ASSIGN(const State state, read_state(db));
  return record.update([&](CommitNote& note) {
    if (note.store == store) return false;
    CommitNote fresh{.store = store, .commit = state.commit, .reached = state.commit};
    if (state.commit == 0) {  // perhaps because the log was all there was
      fresh.lost = note.lost;
      fresh.lost_time = note.lost_time;
    }
    note = fresh;
    return true;
  });
}

// The switch to WAL does not wait for locks by itself.
Status prepare_patiently(Connection& db, const ModelIdentity& model, int busy_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_ms);
  for (;;) {
    Status status = prepare(db, model);
    if (status.code() != Code::kUnavailable || std::chrono::steady_clock::now() >= deadline) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace
}  // namespace sqlite

std::filesystem::path sqlite_store_file(const std::filesystem::path& folder) { return folder / "rappel.db"; }

bool is_sqlite_store(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::exists(sqlite_store_file(folder), error);
}

Result<std::unique_ptr<SnapshotStore>> open_sqlite_store(const SqliteStoreOptions& options) {
  using namespace sqlite;
  if (options.model.dimension < 1 || options.model.dimension > 65536)
    return Status(Code::kInvalidArgument, "a store's dimension is 1 to 65536");
  const fs::path file = sqlite_store_file(options.folder);
  // An older file is not touched before its upgrade, whose refusals say that they are about it.
  const bool is_new = !is_sqlite_store(options.folder);
  if (is_new) RAPPEL_TRY(make_store_file(options.folder, file));
  RAPPEL_TRY(with_room(file, [&] { return guard_commits(file, options.busy_ms); }));
  RAPPEL_TRY(empty_unfinished(file, options.busy_ms));
  RAPPEL_TRY(upgrade_database(file, {.busy_ms = options.busy_ms}).status());
  if (!is_new) RAPPEL_TRY(make_store_file(options.folder, file));  // says if it cannot be written
  RAPPEL_ASSIGN(std::unique_ptr<Connection> writer, Connection::open(file, options.busy_ms));
  RAPPEL_TRY(with_room(file, [&] { return prepare_patiently(*writer, options.model, options.busy_ms); }));
  writer->keep_log_on_close();
  RAPPEL_ASSIGN(std::unique_ptr<CommitRecord> record, CommitRecord::open(file));
  RAPPEL_TRY(begin_record(*writer, *record));
  return start_store(options, file, std::move(record), std::move(writer));
}

Result<StoreStats> inspect_sqlite_store(const SqliteStoreOptions& options) {
  using namespace sqlite;
  const fs::path file = sqlite_store_file(options.folder);
  const Status none(Code::kNotFound, "there is no store at " + file.string() + " yet");
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory ||
      (!error && bytes == 0))
    return none;
  // A log that a crash left behind is the server's to write back; where there is none, none must be left.
  const bool has_log = fs::exists(log_file(file), error);
  RAPPEL_ASSIGN(const std::unique_ptr<Connection> db, Connection::open(file, options.busy_ms));
  if (has_log) db->keep_log_on_close();
  // The writer's lock, which is asked for and given back.
  RAPPEL_TRY(db->exec("BEGIN IMMEDIATE"));
  RAPPEL_ASSIGN(const bool fresh, is_fresh(*db));
  if (fresh) return none;
  RAPPEL_TRY(check_schema(*db, options.model));
  RAPPEL_ASSIGN(const State state, read_state(*db));
  RAPPEL_TRY(compare_indexes(*db));
  RAPPEL_TRY(db->exec("ROLLBACK"));
  RAPPEL_ASSIGN(const CommitCheck commits, compare_commits(file, options.busy_ms));
  RAPPEL_TRY(trouble_of(commits, file));
  return StoreStats{state.documents, state.chunks};
}

}  // namespace rappel
