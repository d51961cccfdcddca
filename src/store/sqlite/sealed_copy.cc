#include "store/sqlite/sealed_copy.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "base/os/fd.h"
#include "store/sqlite/connection.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

void remove_copy(const fs::path& copy) {
  std::error_code ignored;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) fs::remove(copy.string() + suffix, ignored);
}

}  // namespace

CopyFile::CopyFile(fs::path file) : path(std::move(file)) { remove_copy(path); }
CopyFile::~CopyFile() { remove_copy(path); }

Status make_copy_file(const fs::path& copy) {
  const Fd file(::open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() >= 0) return {};
  return Status(Code::kUnavailable, "cannot write " + copy.string(), std::strerror(errno));
}

// An empty file is taken, and keeps its mode.
Status vacuum_into(Connection& db, const fs::path& copy) {
  RAPPEL_TRY(make_copy_file(copy));
  RAPPEL_ASSIGN(Statement vacuum, db.prepare("VACUUM INTO ?1"));
  const std::string name = copy.string();
  return vacuum.bind(1, std::string_view(name)).run();
}

namespace {

Status migrate_copy(Connection& copy, const std::function<Status(Connection&)>& migrate) {
  RAPPEL_TRY(copy.exec("BEGIN IMMEDIATE"));
  RAPPEL_TRY(migrate(copy));
  return copy.exec("COMMIT");
}

}  // namespace

Status copy_pages(Connection& from, Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) return to.failure(sqlite3_extended_errcode(to.handle()));
  const int step = sqlite3_backup_step(backup, -1);
  const int finish = sqlite3_backup_finish(backup);
  if (step != SQLITE_DONE) return to.failure(finish != SQLITE_OK ? finish : step);
  return {};
}

fs::path sealed_copy_file(const fs::path& database) { return database.string() + "-upgrade"; }

Status rewrite_sealed(Connection& db, const std::function<Status(Connection&)>& migrate,
                      const std::function<void()>& before_commit) {
  const CopyFile file(sealed_copy_file(db.file()));
  RAPPEL_TRY(vacuum_into(db, file.path));
  RAPPEL_ASSIGN(const std::unique_ptr<Connection> copy, Connection::open(file.path, 0));
  RAPPEL_TRY(migrate_copy(*copy, migrate));
  if (before_commit) before_commit();
  return copy_pages(*copy, db);
}

}  // namespace rappel::sqlite
