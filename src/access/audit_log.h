// AuditLog: one line of JSON for each request with a token: when, by whom, what, and how many. Never a text,
// a query, an id of a document or a token.
//
//   {"time":"..Z","request_id":"..","token":"reader","address":"10.0.0.7","method":"POST","route":"/query",
//    "collection":"default","status":200,"ms":12,"queries":1,"results":3}
//
// `token` is the name, null for a request whose token is unknown. `collection` is the one that the request
// worked with, or was refused; it is left out where none was asked for. Counts that are 0 are left out:
// queries, results, stored, removed, listed. Lines are appended whole, with mode 0600 for a new file.
// reopen() is for logrotate, after it has moved the file. A failure is told to the logger once, and the
// requests go on.
//
// Any thread may call any method.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/os/fd.h"
#include "base/status.h"

namespace rappel {

class Logger;

// The work of the core for one request; filled on the thread of its worker.
class RequestCounts {
 public:
  std::atomic<std::uint64_t> queries{0}, results{0}, stored{0}, removed{0}, listed{0};

  // Keeps a name that a collection can have; the last one counts.
  void note_collection(std::string_view name);
  std::string collection() const;  // empty: none

 private:
  mutable std::mutex mutex_;
  std::string collection_;
};

struct AuditEntry {
  std::string request_id;
  std::string token;  // the name; empty: unknown
  std::string address;
  std::string_view method;
  std::string_view route;  // "/jobs/{id}"
  int status = 0;
  std::chrono::milliseconds duration{0};
  const RequestCounts* counts = nullptr;  // null: none
};
// Without the end of the line.
std::string audit_line(const AuditEntry& entry, std::chrono::system_clock::time_point time);

class AuditLog {
 public:
  // kInvalidArgument names the file that cannot be written. `logger` may be null.
  static Result<std::shared_ptr<AuditLog>> open(const std::filesystem::path& path, Logger* logger);

  void add(const AuditEntry& entry);
  // The file of this name from now on; the old one stays if it cannot be opened.
  Status reopen();

 private:
  AuditLog(std::filesystem::path path, Fd file, Logger* logger);

  const std::filesystem::path path_;
  Logger* const logger_;
  std::mutex mutex_;
  Fd file_;
  bool failed_ = false;  // and the logger knows
};

}  // namespace rappel
