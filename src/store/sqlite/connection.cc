#include "store/sqlite/connection.h"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/os/scratch_file.h"
#include "store/sqlite/checked_vfs.h"
#include "store/sqlite/page_seal.h"

namespace rappel::sqlite {
namespace {

// More shapes of statements than this (filters vary) are prepared again each time.
constexpr std::size_t kIdleStatements = 64;

// A quota and a limit of the file size have an errno of their own. FTS5 may lose the errno, so a failed write
// counts as one without room unless the disk itself is known to have failed.
bool is_full(int code, int error) {
  if (code == SQLITE_IOERR_WRITE) return error != EIO && error != EROFS;
  return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

const void* not_null(const void* data) { return data != nullptr ? data : ""; }

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), statement_(other.statement_), bind_error_(other.bind_error_) {
  other.statement_ = nullptr;
}

Statement::~Statement() {
  if (statement_ != nullptr) connection_->give_back(statement_);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  if (const int rc = sqlite3_bind_int64(statement_, parameter, value); rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const int rc = sqlite3_bind_text64(statement_, parameter, static_cast<const char*>(not_null(text.data())),
                                     text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Statement& Statement::bind(int parameter, const std::optional<std::string>& text) {
  if (text) return bind(parameter, std::string_view(*text));
  sqlite3_bind_null(statement_, parameter);
  return *this;
}

Statement& Statement::bind(int parameter, const std::optional<std::int64_t>& value) {
  if (value) return bind(parameter, *value);
  sqlite3_bind_null(statement_, parameter);
  return *this;
}

Statement& Statement::bind_real(int parameter, double value) {
  if (const int rc = sqlite3_bind_double(statement_, parameter, value); rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const std::byte> bytes) {
  const int rc =
      sqlite3_bind_blob64(statement_, parameter, not_null(bytes.data()), bytes.size(), SQLITE_STATIC);
  if (rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Statement& Statement::bind_value(int parameter, const Statement& row, int column) {
  const int rc = sqlite3_bind_value(statement_, parameter, sqlite3_column_value(row.statement_, column));
  if (rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Result<bool> Statement::step() {
  if (bind_error_ != 0) return connection_->failure(bind_error_);
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return connection_->failure(rc);
}

Status Statement::run() {
  Result<bool> more = true;
  while (more.ok() && *more) more = step();
  sqlite3_reset(statement_);
  return more.status();
}

int Statement::columns() const { return sqlite3_column_count(statement_); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return std::string(text(column));
}

std::span<const std::byte> Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, int busy_ms) {
  return open_in_mode("PRAGMA locking_mode=NORMAL", file, busy_ms);
}

Result<std::unique_ptr<Connection>> Connection::open_alone(const std::filesystem::path& file, int busy_ms) {
  return open_in_mode("PRAGMA locking_mode=EXCLUSIVE", file, busy_ms);
}

Result<std::unique_ptr<Connection>> Connection::open_in_mode(const char* locking,
                                                             const std::filesystem::path& file, int busy_ms) {
  sqlite3* db = nullptr;
  const int rc = sqlite3_open_v2(
      file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, checked_vfs());
  std::unique_ptr<Connection> connection(new Connection(file, db, busy_ms));
  if (db == nullptr)
    return Status(Code::kResourceExhausted, "not enough memory to open " + file.string()).with_id("memory");
  if (rc != SQLITE_OK) return connection->failure(rc);
  sqlite3_busy_timeout(db, busy_ms);
  int reserved = kSealBytes;  // of the pages of a database that is made or rewritten
  sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  RAPPEL_TRY(connection->exec(locking));  // before the first look at the file, which takes the locks
  // The file may be damaged or hostile: no SQL of its schema runs functions, no way to write past SQLite.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  // fullfsync: where fsync() alone does not reach the disk (macOS). No mmap: a disk error stays a status, not
  // a signal.
  RAPPEL_TRY(
      connection->exec("PRAGMA synchronous=FULL; PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON;"
                       "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
                       "PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=0;"
                       "PRAGMA journal_size_limit=33554432"));
  // The store's writer decides about checkpoints (log_limit.h); this only counts.
  const auto count_pages = [](void* pages, sqlite3*, const char*, int now) {
    *static_cast<int*>(pages) = now;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db, count_pages, &connection->log_pages_);
  if (sqlite3_db_readonly(db, "main") == 1) return connection->failure(SQLITE_READONLY);
  return connection;
}

Connection::~Connection() {
  for (auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Status Connection::ignore_seals() {
  const int rc = sqlite3_file_control(db_, "main", kIgnoreSeals, nullptr);
  return rc == SQLITE_OK ? Status() : failure(rc);
}

void Connection::keep_log_on_close() { sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

Status Connection::exec(const char* sql) {
  const int rc = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  return rc == SQLITE_OK ? Status() : failure(rc);
}

Result<Statement> Connection::prepare(std::string_view sql) {
  if (const auto found = idle_.find(std::string(sql)); found != idle_.end()) {
    sqlite3_stmt* statement = found->second;
    idle_.erase(found);
    return Statement(this, statement);
  }
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                    &statement, nullptr);
  if (rc != SQLITE_OK) return failure(rc);
  return Statement(this, statement);
}

void Connection::give_back(sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (idle_.size() >= kIdleStatements || !idle_.emplace(sqlite3_sql(statement), statement).second)
    sqlite3_finalize(statement);
}

Result<std::int64_t> Connection::query_integer(const char* sql) {
  RAPPEL_ASSIGN(Statement statement, prepare(sql));
  RAPPEL_ASSIGN(const bool row, statement.step());
  if (!row) return damaged(std::string("no answer to ") + sql);
  return statement.integer(0);
}

Status Connection::try_write_lock() {
  sqlite3_busy_timeout(db_, 0);
  Status status = exec("BEGIN IMMEDIATE");
  sqlite3_busy_timeout(db_, busy_ms_);
  return status.ok() ? exec("ROLLBACK") : status;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
std::int64_t Connection::changes() const { return sqlite3_changes64(db_); }
std::int64_t Connection::last_insert_row() const { return sqlite3_last_insert_rowid(db_); }

Status Connection::damaged(const std::string& what) const {
  return Status(Code::kCorrupt,
                file_.string() +
                    " is damaged: stop the server and run `rappel store repair`; if that does not help, "
                    "restore its folder from a backup, or move it away and ingest again",
                what)
      .with_id("store-damaged");
}

Status Connection::disk_full(std::string cause) const {
  disk_full_ = true;
  return disk_is_full(file_, std::move(cause));
}

Status Connection::failure(int code) const {
  if (code == SQLITE_IOERR_DATA) return damaged(take_last_mismatch());
  const std::string name = file_.string();
  std::string cause = sqlite3_errstr(code);
  int error = 0;
  if (db_ != nullptr && sqlite3_extended_errcode(db_) == code) {
    cause = sqlite3_errmsg(db_);
    error = sqlite3_system_errno(db_);
    if (error != 0) cause += std::string(", ") + std::strerror(error);
  }
  cause += " [" + std::to_string(code) + "]";
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Status(Code::kUnavailable,
                    name + " is locked by another process (waited " + std::to_string(busy_ms_ / 1000) +
                        " s): try again, or stop the other process that uses this folder",
                    cause)
          .with_id("store-locked");
    case SQLITE_FULL: return disk_full(std::move(cause));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return Status(Code::kUnavailable,
                    "cannot write " + name +
                        ": check that the file and its folder exist and belong to this user",
                    cause)
          .with_id("data-folder");
    case SQLITE_IOERR:
      if (is_full(code, error)) return disk_full(std::move(cause));
      return Status(Code::kUnavailable, "cannot read or write " + name + ": check the disk and try again",
                    cause);
    case SQLITE_NOTADB:
      return Status(
                 Code::kCorrupt,
                 name + " is not a database: choose another data folder, or restore this one from a backup",
                 cause)
          .with_id("store-damaged");
    case SQLITE_NOMEM:
      return Status(Code::kResourceExhausted, "not enough memory to work on " + name, cause)
          .with_id("memory");
    case SQLITE_TOOBIG:
      return Status(Code::kInvalidArgument, "a text or list is too large for the store", cause);
    case SQLITE_CORRUPT: return damaged(cause);
    default: return Status(Code::kInternal, "unexpected failure of the database " + name, cause);
  }
}

Result<std::unique_ptr<Connection>> take_alone(const std::filesystem::path& file, int busy_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_ms);
  for (;;) {
    auto db = Connection::open_alone(file, busy_ms);
    Status status = db.ok() ? (*db)->exec("BEGIN EXCLUSIVE") : db.status();
    if (status.ok()) return db;
    if (status.code() != Code::kUnavailable || std::chrono::steady_clock::now() >= deadline) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace rappel::sqlite
