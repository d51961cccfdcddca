#include "store/sqlite/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "base/os/file.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sealed_copy.h"
#include "store/sqlite/version_six.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr Step kSteps[] = {
    {.to = 2, .sql = R"sql(
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
    {.to = 3, .sql = "INSERT INTO meta(key, value) VALUES('store_id', lower(hex(randomblob(8))))"},
    {.to = 4, .sql = "ALTER TABLE chunks ADD COLUMN place TEXT"},
    {.to = 5, .sql = R"sql(
CREATE TABLE origins(
  path TEXT NOT NULL,
  doc INTEGER NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  settings TEXT NOT NULL,
  fingerprint INTEGER,
  PRIMARY KEY(path, doc)
) STRICT, WITHOUT ROWID;
CREATE INDEX origins_doc ON origins(doc);
CREATE INDEX origins_content ON origins(content);
)sql"},
    {.to = 6,
     .sql = R"sql(
ALTER TABLE chunks ADD COLUMN language TEXT;
ALTER TABLE chunks ADD COLUMN signals INTEGER;
ALTER TABLE state ADD COLUMN weighted INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sparse(
  row INTEGER PRIMARY KEY,
  weights BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE colbert(
  row INTEGER PRIMARY KEY,
  vectors BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE languages(
  language TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
CREATE TABLE changed(
  entry INTEGER PRIMARY KEY,
  commit_number INTEGER NOT NULL,
  doc INTEGER NOT NULL
) STRICT;
CREATE INDEX changed_commit ON changed(commit_number);
DROP TABLE IF EXISTS words;
)sql",
     .rewrite = rewrite_for_version_six},
};
static_assert(std::end(kSteps)[-1].to == kSchemaVersion);

// Pages of new tables and indexes, the log, and room to go on.
constexpr std::uintmax_t kFreeBytes = 16u << 20;

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
  const std::uintmax_t file_bytes = fs::file_size(file, error);
  const std::uintmax_t needed = free_bytes_needed(kSteps, from, error ? 0 : file_bytes);
  std::uintmax_t available = needed;
  if (options.free_bytes) {
    available = *options.free_bytes;
  } else if (const fs::space_info space = fs::space(file, error); !error) {
    available = space.available;
  }
  if (available >= needed) return {};
  return Status(Code::kUnavailable,
                fmt::format("{}: its disk has {} MB free, {} MB are needed; free some space and start again. "
                            "The file is unchanged",
                            upgrading(file, from), available >> 20, needed >> 20))
      .with_id("disk-full");
}

// The version in the header of a file that SQLite cannot open for writing. A file that it cannot read either
// counts as one of today's.
std::int64_t version_in_header(const fs::path& file) {
  constexpr std::size_t kVersionAt = 60, kApplicationAt = 68, kHeaderBytes = 100;
  const auto header = read_file_start(file, kHeaderBytes);
  if (!header.ok() || header->size() < kHeaderBytes) return kSchemaVersion;
  const auto number_at = [&](std::size_t at) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>((*header)[at + i]);
    return number;
  };
  return number_at(kApplicationAt) == kApplicationId ? number_at(kVersionAt) : kSchemaVersion;
}

bool is_unwritable(const Status& status) { return status.id() == "data-folder"; }

Status refuse_unwritable(const fs::path& file, std::int64_t from, const Status& cause) {
  return Status(
             Code::kUnavailable,
             upgrading(file, from) +
                 ": this user cannot write the file or its folder; give both to the user that runs rappel, "
                 "or copy the folder to a place that this user can write, and start again. The file is "
                 "unchanged",
             cause.to_string())
      .with_id("data-folder");
}

Status refuse_shared(const fs::path& file, std::int64_t from, const Status& cause) {
  return Status(Code::kUnavailable,
                upgrading(file, from) +
                    ": another process has it open; stop every rappel that uses this data "
                    "folder and start again. The file is unchanged",
                cause.to_string())
      .with_id("store-locked");
}

Result<std::int64_t> find_version(const fs::path& file, int busy_ms) {
  RAPPEL_ASSIGN(const std::unique_ptr<Connection> db, Connection::open(file, busy_ms));
  return version_of(*db);
}

// False: another process was faster.
Result<bool> upgrade_alone(Connection& db, const UpgradeOptions& options) {
  RAPPEL_ASSIGN(const std::int64_t from, version_of(db));
  if (!is_older(from)) return false;
  if (from < kFirstSealedVersion) {
    RAPPEL_TRY(db.exec("COMMIT"));  // the file stays locked until the connection is closed
    RAPPEL_TRY(rewrite_sealed(
        db, [&](Connection& copy) { return run_migrations(copy, from); }, options.before_commit));
    return true;
  }
  RAPPEL_TRY(run_migrations(db, from));
  if (options.before_commit) options.before_commit();
  RAPPEL_TRY(db.exec("COMMIT"));
  return true;
}

}  // namespace

Status run_steps(Connection& db, std::span<const Step> steps, std::int64_t from) {
  for (const Step& step : steps)
    if (step.to > from && step.sql != nullptr) RAPPEL_TRY(db.exec(step.sql));
  for (const Step& step : steps)
    if (step.to > from && step.rewrite != nullptr) RAPPEL_TRY(step.rewrite(db));
  return db.exec(fmt::format("PRAGMA user_version={}", steps.back().to).c_str());
}

Status run_migrations(Connection& db, std::int64_t from) { return run_steps(db, kSteps, from); }

std::uintmax_t free_bytes_needed(std::span<const Step> steps, std::int64_t from, std::uintmax_t file_bytes) {
  if (from < kFirstSealedVersion) return kFreeBytes + 2 * file_bytes;  // the sealed copy, and the log
  const bool rewrites = std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
    return step.to > from && step.rewrite != nullptr;
  });
  return kFreeBytes + (rewrites ? file_bytes : 0);
}

Result<bool> upgrade_database(const fs::path& file, const UpgradeOptions& options) {
  const auto found = find_version(file, options.busy_ms);
  if (!found.ok()) {
    const std::int64_t from = is_unwritable(found.status()) ? version_in_header(file) : kSchemaVersion;
    if (is_older(from)) return refuse_unwritable(file, from, found.status());
  }
  if (!found.ok() || !is_older(*found)) return false;
  const std::int64_t from = *found;
  RAPPEL_TRY(check_space(file, from, options));
  const auto db = take_alone(file, options.busy_ms);
  if (!db.ok())
    return is_unwritable(db.status()) ? refuse_unwritable(file, from, db.status())
                                      : refuse_shared(file, from, db.status());
  auto upgraded = upgrade_alone(**db, options);
  if (upgraded.ok()) return upgraded;
  if ((*db)->in_transaction()) (void)(*db)->exec("ROLLBACK");
  return upgraded.status().with_context(upgrading(file, from));
}

}  // namespace rappel::sqlite
