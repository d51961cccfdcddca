// Connection and Statement: SQLite as values and Statuses. sqlite3.h is included in this folder's .cc files
// alone.
//
// A Connection and its statements are used by one thread at a time. Statements are prepared once and kept; a
// Statement is a loan that is reset and given back when it goes. Texts and blobs that were read are valid
// until the next step().
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace rappel::sqlite {

class Connection;

class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters count from 1. The bytes must stay until the statement was stepped; a failure shows in step().
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, const std::optional<std::string>& text);
  Statement& bind(int parameter, const std::optional<std::int64_t>& value);
  Statement& bind_real(int parameter, double value);
  Statement& bind_blob(int parameter, std::span<const std::byte> bytes);
  // A copy of a column of another statement's row, also of another connection.
  Statement& bind_value(int parameter, const Statement& row, int column);

  Result<bool> step();  // true: a row can be read
  Status run();         // steps to the end and makes the statement ready for other values

  int columns() const;
  // Columns count from 0.
  std::int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;
  std::string_view text(int column) const;
  std::optional<std::string> optional_text(int column) const;
  std::span<const std::byte> blob(int column) const;

 private:
  friend class Connection;
  Statement(Connection* connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  Connection* connection_;
  sqlite3_stmt* statement_;
  int bind_error_ = 0;
};

class Connection {
 public:
  // Opens an existing file for reading and writing. Lock conflicts are waited for, at most busy_ms each.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file, int busy_ms);
  // The same, and no other process may have the file open meanwhile: kUnavailable after busy_ms when one has.
  static Result<std::unique_ptr<Connection>> open_alone(const std::filesystem::path& file, int busy_ms);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // From now on pages without their seals are read as they are: for one that is about to write all of them.
  Status ignore_seals();

  // Closing it, the last connection too, then leaves the write-ahead log as it is.
  void keep_log_on_close();

  Status exec(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row.
  Result<std::int64_t> query_integer(const char* sql);

  bool in_transaction() const;
  // Takes the writer's lock and gives it back, without waiting.
  Status try_write_lock();
  // Rows changed by the last INSERT, UPDATE or DELETE.
  std::int64_t changes() const;
  std::int64_t last_insert_row() const;
  // Pages in the write-ahead log after the last commit of this connection.
  int log_pages() const { return log_pages_; }
  const std::filesystem::path& file() const { return file_; }
  sqlite3* handle() { return db_; }

  // Explains a result code to the operator of this store.
  Status failure(int code) const;
  // Whether a failure since the last call was a full disk.
  bool take_disk_full() { return std::exchange(disk_full_, false); }
  // The stored bytes contradict themselves; `what` is for the log.
  Status damaged(const std::string& what) const;

 private:
  Status disk_full(std::string cause) const;
  static Result<std::unique_ptr<Connection>> open_in_mode(const char* locking,
                                                          const std::filesystem::path& file, int busy_ms);
  friend class Statement;
  Connection(std::filesystem::path file, sqlite3* db, int busy_ms)
      : file_(std::move(file)), db_(db), busy_ms_(busy_ms) {}
  void give_back(sqlite3_stmt* statement);

  std::filesystem::path file_;
  sqlite3* db_;
  int busy_ms_;
  int log_pages_ = 0;
  mutable bool disk_full_ = false;
  std::unordered_map<std::string, sqlite3_stmt*> idle_;
};

// A connection with an open transaction that no other process can stand beside: open_alone() that waits for
// the others as long as busy_ms.
Result<std::unique_ptr<Connection>> take_alone(const std::filesystem::path& file, int busy_ms);

}  // namespace rappel::sqlite
