#include "store/sqlite/damaged_copy.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>
#include <system_error>

#include "base/os/fd.h"
#include "base/os/file.h"
#include "base/os/scratch_file.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

Status failure(const fs::path& file) {
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) return disk_is_full(file, std::strerror(errno));
  return Status(Code::kUnavailable, "cannot write " + file.string(), std::strerror(errno));
}

Status write_all(int fd, const char* data, std::size_t size, const fs::path& file) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(file);
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return {};
}

Status copy_bytes(Connection& db, const fs::path& to) {
  sqlite3_file* from = nullptr;
  if (const int rc = sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &from);
      rc != SQLITE_OK)
    return db.failure(rc);
  sqlite3_int64 size = 0;
  if (const int rc = from->pMethods->xFileSize(from, &size); rc != SQLITE_OK) return db.failure(rc);
  const Fd fd(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (fd.get() < 0) return failure(to);
  std::string part(256 * kPageBytes, '\0');
  for (sqlite3_int64 at = 0; at < size;) {
    const auto bytes = std::min(static_cast<sqlite3_int64>(part.size()), size - at);
    const int rc = from->pMethods->xRead(from, part.data(), static_cast<int>(bytes), at);
    if (rc != SQLITE_OK) return db.failure(rc);
    RAPPEL_TRY(write_all(fd.get(), part.data(), static_cast<std::size_t>(bytes), to));
    at += bytes;
  }
  return ::fsync(fd.get()) == 0 ? Status() : failure(to);
}

}  // namespace

fs::path damaged_copy_name(const fs::path& file) {
  const std::string name =
      fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", file.string(), fmt::gmtime(std::time(nullptr)));
  fs::path free = name;
  for (int i = 2; fs::exists(free); ++i) free = fmt::format("{}-{}", name, i);
  return free;
}

Status keep_damaged_database(Connection& db, const fs::path& copy) {
  const fs::path part = db.file().string() + "-damaged";  // one that a crash left is overwritten
  Status status = copy_bytes(db, part);
  if (status.ok() && std::rename(part.c_str(), copy.c_str()) != 0) status = failure(copy);
  std::error_code ignored;
  if (!status.ok()) fs::remove(part, ignored);
  return status.ok() ? sync_folder(copy.parent_path()) : status;
}

}  // namespace rappel::sqlite
