#include "store/sqlite/store_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>

#include "base/os/file.h"
#include "store/sqlite/checked_vfs.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/database_lock.h"
#include "store/sqlite/log_guard.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

// The data folder, or a part of it, that cannot be made or written.
Status folder_error(const char* what, const fs::path& path, std::string_view cause) {
  return Status(
             Code::kUnavailable,
             fmt::format("cannot {} {}: {}; set RAPPEL_DATA_DIR or --data-dir to a folder that this user may "
                         "write, or give this user the right to write there",
                         what, path.string(), cause))
      .with_id("data-folder");
}

}  // namespace

Status make_store_file(const fs::path& folder, const fs::path& file) {
  std::error_code error;
  if (const fs::path parent = fs::absolute(folder).parent_path(); !fs::exists(parent, error)) {
    fs::create_directories(parent, error);
    if (error) return folder_error("create", parent, error.message());
  }
  if (::mkdir(folder.c_str(), 0700) == 0) {
    RAPPEL_TRY(sync_folder(fs::absolute(folder).parent_path()));
  } else if (errno != EEXIST) {
    return folder_error("create the data folder", folder, std::strerror(errno));
  }
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return folder_error("write", file, std::strerror(errno));
  ::close(fd);
  return sync_folder(folder);
}

Status empty_unfinished(const fs::path& file, int busy_ms) {
  const auto is_unfinished = [&] {
    const auto header = read_file_start(file, kDatabaseHeaderBytes);
    return header.ok() && header->size() == kDatabaseHeaderBytes &&
           !is_sealed(std::as_bytes(std::span(header->data(), header->size())));
  };
  if (!is_unfinished()) return {};
  {
    const auto db = Connection::open(file, busy_ms);
    if (!db.ok()) return {};  // named where the store is opened
    (*db)->keep_log_on_close();
    const auto fresh = is_fresh(**db);
    if (!fresh.ok() || !*fresh) return {};
  }
  RAPPEL_ASSIGN(const auto lock, DatabaseLock::take(file, busy_ms));
  if (!is_unfinished()) return {};  // another process was faster
  std::error_code error;
  fs::remove(log_file(file), error);
  fs::resize_file(file, 0, error);
  return error ? folder_error("empty", file, error.message()) : Status();
}

}  // namespace rappel::sqlite
