// verify, repair, accept and backup of a store's folder (sqlite_store.h).
#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "base/units.h"
#include "index/index_folder.h"
#include "store/sqlite/commit_record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/database_lock.h"
#include "store/sqlite/log_guard.h"
#include "store/sqlite/page_mending.h"
#include "store/sqlite/rebuild.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sealed_copy.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/store_file.h"
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

// Everything that the database itself says.
void report_database(const SqliteStoreOptions& options, StoreReport& report) {
  const auto db = Connection::open(sqlite_store_file(options.folder), options.busy_ms);
  if (!db.ok()) return report.add("database", db.status(), "");
  (*db)->keep_log_on_close();
  if (const Status schema = check_schema(**db, options.model); !schema.ok()) report.add("schema", schema, "");
  verify_database(**db, report);
}

std::string mended_text(const std::vector<std::uint64_t>& pages) {
  std::string words = pages.empty() ? "no page has one wrong bit" : "mended one bit in page";
  for (const std::uint64_t page : pages) words += fmt::format(" {}", page);
  return words;
}

std::string damaged_text(const Rebuilt& rebuilt) {
  std::string words =
      count_text(rebuilt.damaged.size() + static_cast<std::size_t>(rebuilt.unnamed), "document");
  if (rebuilt.unnamed > 0) words += fmt::format(" ({} without an id that can be read)", rebuilt.unnamed);
  return words;
}

Status refuse_loss(const fs::path& file, const Rebuilt& rebuilt) {
  return Status(Code::kCorrupt,
                file.string() +
                    " holds damaged documents, and nothing was changed: restore the folder from a "
                    "backup, or run `rappel store repair --drop-damaged`, which removes them, and "
                    "ingest them again",
                damaged_text(rebuilt))
      .with_id("store-damaged");
}

struct Repair {
  std::vector<std::pair<std::string, std::string>> words;  // for StoreReport::looked_at
  std::vector<Status> findings;
  Rebuilt rebuilt;
  bool dropped = false;
};

// Where the damage is not in what a rebuild can leave out or make.
Status rebuild_if_damaged(const SqliteStoreOptions& options, bool drop_damaged, Repair& repair) {
  StoreReport before;
  report_database(options, before);
  if (before.findings.empty()) return {};
  const fs::path file = sqlite_store_file(options.folder);
  auto rebuilt = rebuild_database(file, {.busy_ms = options.busy_ms, .drop_damaged = drop_damaged});
  if (!rebuilt.ok()) {
    if (rebuilt.status().code() != Code::kCorrupt) return rebuilt.status();
    repair.words.emplace_back("rebuild", "not possible: " + rebuilt.status().cause());
    return {};
  }
  repair.rebuilt = std::move(rebuilt).value();
  const bool has_losses = !repair.rebuilt.damaged.empty() || repair.rebuilt.unnamed > 0;
  repair.dropped = has_losses && drop_damaged;
  if (has_losses && !drop_damaged) {
    repair.findings.push_back(refuse_loss(file, repair.rebuilt));
    return {};
  }
  if (has_losses) repair.words.emplace_back("removed", damaged_text(repair.rebuilt));
  repair.words.emplace_back(
      "rebuild", fmt::format("indexes and counts of {} are written again; the damaged file is kept as {}",
                             count_text(static_cast<std::size_t>(repair.rebuilt.documents), "document"),
                             repair.rebuilt.kept.filename().string()));
  return {};
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
  report_database(options, report);
  return report;
}

Result<StoreReport> repair_sqlite_store(const SqliteStoreOptions& options, bool drop_damaged) {
  using namespace sqlite;
  const std::filesystem::path file = sqlite_store_file(options.folder);
  RAPPEL_TRY(need_store(file));
  std::vector<std::uint64_t> mended;
  {
    RAPPEL_ASSIGN(const auto lock, DatabaseLock::take(file, options.busy_ms));
    RAPPEL_ASSIGN(mended, mend_pages(file));
  }
  Status guarded = guard_commits(file, options.busy_ms);
  Repair repair{.words = {{"repair", mended_text(mended)}}, .findings = {}, .rebuilt = {}};
  RAPPEL_TRY(rebuild_if_damaged(options, drop_damaged, repair));
  IndexFolder::clear(index_folder_of(file));  // a cache of what was there before
  if (!repair.rebuilt.kept.empty()) guarded = guard_commits(file, options.busy_ms);
  RAPPEL_ASSIGN(StoreReport report, verify_sqlite_store(options));
  if (!guarded.ok()) repair.findings.push_back(std::move(guarded));
  report.looked_at.insert(report.looked_at.begin(), repair.words.begin(), repair.words.end());
  report.findings.insert(report.findings.begin(), repair.findings.begin(), repair.findings.end());
  (repair.dropped ? report.removed_documents : report.damaged_documents) = std::move(repair.rebuilt.damaged);
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

Status unused_sqlite_store(const SqliteStoreOptions& options) {
  using namespace sqlite;
  const std::filesystem::path file = sqlite_store_file(options.folder);
  RAPPEL_TRY(need_store(file));
  return DatabaseLock::take(file, 0).status();
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
