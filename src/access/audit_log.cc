#include "access/audit_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/timestamp.h"
#include "codec/json.h"
#include "store/collection.h"

namespace rappel {
namespace {

Result<Fd> open_file(const std::filesystem::path& path) {
  Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0)
    return Status(
        Code::kInvalidArgument,
        "cannot write the audit log " + path.string() + ": name a file that can be written in AUDIT_LOG",
        std::generic_category().message(errno));
  return file;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ::ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void add_count(Json& json, const char* name, std::uint64_t count) {
  if (count > 0) json[name] = count;
}

}  // namespace

void RequestCounts::note_collection(std::string_view name) {
  if (!check_collection_name(name).ok()) return;  // nothing that a client made up gets into the log
  const std::lock_guard lock(mutex_);
  collection_ = name;
}

std::string RequestCounts::collection() const {
  const std::lock_guard lock(mutex_);
  return collection_;
}

std::string audit_line(const AuditEntry& entry, std::chrono::system_clock::time_point time) {
  Json json = {{"time", format_timestamp_utc(time)},
               {"request_id", entry.request_id},
               {"token", entry.token.empty() ? Json(nullptr) : Json(entry.token)},
               {"address", entry.address},
               {"method", std::string(entry.method)},
               {"route", std::string(entry.route)}};
  if (entry.counts != nullptr)
    if (std::string collection = entry.counts->collection(); !collection.empty())
      json["collection"] = std::move(collection);
  json["status"] = entry.status;
  json["ms"] = entry.duration.count();
  if (entry.counts != nullptr) {
    add_count(json, "queries", entry.counts->queries);
    add_count(json, "results", entry.counts->results);
    add_count(json, "stored", entry.counts->stored);
    add_count(json, "removed", entry.counts->removed);
    add_count(json, "listed", entry.counts->listed);
  }
  return dump_json(json);
}

AuditLog::AuditLog(std::filesystem::path path, Fd file, Logger* logger)
    : path_(std::move(path)), logger_(logger), file_(std::move(file)) {}

Result<std::shared_ptr<AuditLog>> AuditLog::open(const std::filesystem::path& path, Logger* logger) {
  RAPPEL_ASSIGN(Fd file, open_file(path));
  return std::shared_ptr<AuditLog>(new AuditLog(path, std::move(file), logger));
}

void AuditLog::add(const AuditEntry& entry) {
  const std::string line = audit_line(entry, std::chrono::system_clock::now()) + "\n";
  const std::lock_guard lock(mutex_);
  const bool written = write_all(file_.get(), line);
  if (!written && !failed_ && logger_ != nullptr)
    logger_->error("cannot write to the audit log {}: {}; requests go on without it", path_.string(),
                   std::generic_category().message(errno));
  failed_ = !written;
}

Status AuditLog::reopen() {
  RAPPEL_ASSIGN(Fd file, open_file(path_));
  const std::lock_guard lock(mutex_);
  file_ = std::move(file);
  return {};
}

}  // namespace rappel
