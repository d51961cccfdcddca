#include "store/sqlite/migrations.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <system_error>
#include <thread>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

// A step that rewrites rows also says how much space it needs for each document.
struct Step {
  std::int64_t to;
  const char* sql;
};

constexpr Step kSteps[] = {
    {2, R"sql(
ALTER TABLE documents ADD COLUMN custom TEXT;
CREATE TABLE custom_values(
  doc INTEGER NOT NULL,
  key TEXT NOT NULL,
  item INTEGER NOT NULL,
  type TEXT NOT NULL,
  value ANY,
  second INTEGER,
  PRIMARY KEY(doc, key, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX custom_values_key ON custom_values(key, value, type);
)sql"},
};
static_assert(std::end(kSteps)[-1].to == kSchemaVersion);

// Pages of a new table and its index, the log, and room to go on.
constexpr std::uintmax_t kFreeBytesNeeded = 16u << 20;

Result<std::int64_t> version_of(Connection& db) {
  RAPPEL_ASSIGN(const std::int64_t application, db.query_integer("PRAGMA application_id"));
  if (application != kApplicationId) return kSchemaVersion;  // not ours to upgrade
  return db.query_integer("PRAGMA user_version");
}

bool is_older(std::int64_t version) { return version >= 1 && version < kSchemaVersion; }

std::string upgrading(const fs::path& file, std::int64_t from) {
  return fmt::format("cannot upgrade {} from format version {} to {}", file.string(), from, kSchemaVersion);
}

Status check_space(const fs::path& file, std::int64_t from, const UpgradeOptions& options) {
  std::error_code error;
  std::uintmax_t available = kFreeBytesNeeded;
  if (options.free_bytes) {
    available = *options.free_bytes;
  } else if (const fs::space_info space = fs::space(file, error); !error) {
    available = space.available;
  }
  if (available >= kFreeBytesNeeded) return {};
  return Status(Code::kUnavailable,
                fmt::format("{}: its disk has {} MB free, {} MB are needed; free some space and start again. "
                            "The file is unchanged",
                            upgrading(file, from), available >> 20, kFreeBytesNeeded >> 20));
}

// An open transaction that no other process can stand beside: an older program would go on writing rows that
// today's tables do not expect. Waits for the others as long as busy_ms.
Result<std::unique_ptr<Connection>> take_alone(const fs::path& file, int busy_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_ms);
  for (;;) {
    auto db = Connection::open_alone(file, busy_ms);
    Status status = db.ok() ? (*db)->exec("BEGIN EXCLUSIVE") : db.status();
    if (status.ok()) return db;
    if (status.code() != Code::kUnavailable || std::chrono::steady_clock::now() >= deadline) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

// False: another process was faster.
Result<bool> upgrade_alone(Connection& db, const UpgradeOptions& options) {
  RAPPEL_ASSIGN(const std::int64_t from, version_of(db));
  if (!is_older(from)) return false;
  RAPPEL_TRY(run_migrations(db, from));
  if (options.before_commit) options.before_commit();
  RAPPEL_TRY(db.exec("COMMIT"));
  return true;
}

}  // namespace

Status run_migrations(Connection& db, std::int64_t from) {
  for (const Step& step : kSteps)
    if (step.to > from) RAPPEL_TRY(db.exec(step.sql));
  return db.exec(fmt::format("PRAGMA user_version={}", kSchemaVersion).c_str());
}

Result<bool> upgrade_database(const fs::path& file, const UpgradeOptions& options) {
  std::int64_t from = kSchemaVersion;
  {
    const auto db = Connection::open(file, options.busy_ms);
    if (!db.ok()) return false;
    const auto version = version_of(**db);
    if (!version.ok() || !is_older(*version)) return false;
    from = *version;
  }
  RAPPEL_TRY(check_space(file, from, options));
  const auto db = take_alone(file, options.busy_ms);
  if (!db.ok())
    return Status(Code::kUnavailable,
                  upgrading(file, from) +
                      ": another process has it open; stop every rappel that uses this data "
                      "folder and start again. The file is unchanged",
                  db.status().to_string());
  auto upgraded = upgrade_alone(**db, options);
  if (upgraded.ok()) return upgraded;
  if ((*db)->in_transaction()) (void)(*db)->exec("ROLLBACK");
  return upgraded.status().with_context(upgrading(file, from));
}

}  // namespace rappel::sqlite
