// verify, repair, accept and backup of a store's folder (sqlite_store.h).
#include <fmt/format.h>

#include <system_error>

#include "base/units.h"
#include "store/sqlite/commit_record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/database_lock.h"
#include "store/sqlite/log_guard.h"
#include "store/sqlite/page_mending.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sealed_copy.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/verification.h"

namespace rappel {
namespace sqlite {
namespace {

namespace fs = std::filesystem;

Status need_store(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(file, error);
  if (!error && bytes > 0) return {};
  return Status(Code::kNotFound, "there is no store at " + file.string() + " yet");
}

void report_commits(const fs::path& file, int busy_ms, StoreReport& report) {
  const auto check = compare_commits(file, busy_ms);
  if (!check.ok()) return report.add("commits", check.status(), "");
  if (!check->note)
    return report.add("commits", "there is no record of acknowledged commits to compare with");
  report.add("commits", trouble_of(*check, file),
             fmt::format("the last acknowledged commit is there (number {})", check->note->commit));
}

// The logs that guard_commits() kept stay.
Status forget_troubles(const fs::path& file) {
  RAPPEL_ASSIGN(const auto record, CommitRecord::open(file));
  return record->update([](CommitNote& note) {
    note.lost = note.lost_time = note.mended = 0;
    return true;
  });
}

}  // namespace
}  // namespace sqlite

Result<StoreReport> verify_sqlite_store(const SqliteStoreOptions& options) {
  using namespace sqlite;
  const std::filesystem::path file = sqlite_store_file(options.folder);
  RAPPEL_TRY(need_store(file));
  StoreReport report;
  report_commits(file, options.busy_ms, report);
  const auto db = Connection::open(file, options.busy_ms);
  if (!db.ok()) {
    report.add("database", db.status(), "");
    return report;
  }
  (*db)->keep_log_on_close();
  if (const Status schema = check_schema(**db, options.model); !schema.ok()) report.add("schema", schema, "");
  verify_database(**db, report);
  return report;
}

Result<StoreReport> repair_sqlite_store(const SqliteStoreOptions& options) {
  using namespace sqlite;
  const std::filesystem::path file = sqlite_store_file(options.folder);
  RAPPEL_TRY(need_store(file));
  std::vector<std::uint64_t> mended;
  {
    RAPPEL_ASSIGN(const auto lock, DatabaseLock::take(file, options.busy_ms));
    RAPPEL_ASSIGN(mended, mend_pages(file));
  }
  const Status guarded = guard_commits(file, options.busy_ms);
  RAPPEL_ASSIGN(StoreReport report, verify_sqlite_store(options));
  if (!guarded.ok()) report.findings.insert(report.findings.begin(), guarded);
  std::string words = mended.empty() ? "no page could be or had to be mended" : "mended one bit in page";
  for (const std::uint64_t page : mended) words += fmt::format(" {}", page);
  report.looked_at.insert(report.looked_at.begin(), {"repair", words});
  return report;
}

Status accept_sqlite_store(const SqliteStoreOptions& options) {
  using namespace sqlite;
  const std::filesystem::path file = sqlite_store_file(options.folder);
  RAPPEL_TRY(need_store(file));
  if (const Status guarded = guard_commits(file, options.busy_ms); !guarded.ok()) {
    // A record without any sound slot starts over.
    std::error_code error;
    if (read_commit_record(file).ok() || !std::filesystem::remove(commit_record_file(file), error))
      return guarded;
    return {};
  }
  return forget_troubles(file);
}

Status backup_sqlite_store(const SqliteStoreOptions& options, const std::filesystem::path& target) {
  using namespace sqlite;
  const std::filesystem::path file = sqlite_store_file(options.folder);
  RAPPEL_TRY(need_store(file));
  std::error_code error;
  if (std::filesystem::exists(target, error))
    return Status(Code::kFailedPrecondition, target.string() + " exists: name a new file");
  RAPPEL_ASSIGN(const auto db, Connection::open(file, options.busy_ms));
  db->keep_log_on_close();
  return vacuum_into(*db, target);
}

}  // namespace rappel
