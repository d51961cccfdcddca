// Migrations: the format of rappel.db by version, and how an older file becomes one of today's.
//
// A new database is version 1 and then every step, so a migrated file has the same tables as a new one. An
// upgrade runs at opening, in one transaction, while no other process has the file open: a process that dies
// in the middle, a full disk or an error leaves the file as it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>

#include "base/status.h"

namespace rappel::sqlite {

class Connection;

constexpr std::int64_t kSchemaVersion = 6;
// An upgrade from an older version rewrites every page, so that it gets its checksum (sealed_copy.h).
constexpr std::int64_t kFirstSealedVersion = 3;
constexpr std::int64_t kFirstVersionWithPlaces = 4;
constexpr std::int64_t kFirstVersionWithOrigins = 5;
// Vectors are float32 and chunks have neither languages nor further signals before it.
constexpr std::int64_t kFirstVersionWithSignals = 6;

// The change to one version. A step of a new document field adds its column (dates: two) and then moves
// custom metadata of that name into it (lift_custom_key()), because a field's name is no custom key.
struct Step {
  std::int64_t to;
  const char* sql = nullptr;                    // tables, columns, indexes
  Status (*rewrite)(Connection& db) = nullptr;  // changes rows that are there
};

// Runs the steps after version `from` inside the caller's transaction and sets the version of the last one.
// The SQL of all of them comes first, then the rewrites: these find today's tables, so they may use the code
// that reads and writes today's rows.
Status run_steps(Connection& db, std::span<const Step> steps, std::int64_t from);
// The steps of this program, up to kSchemaVersion.
Status run_migrations(Connection& db, std::int64_t from);

// The free space that the steps after `from` need for a file of that size. Rewrites may change all of it, and
// page checksums need a copy too.
std::uintmax_t free_bytes_needed(std::span<const Step> steps, std::int64_t from, std::uintmax_t file_bytes);

struct UpgradeOptions {
  int busy_ms = 10000;
  // For tests: the free space that is found, and a look at the transaction before its commit.
  std::optional<std::uintmax_t> free_bytes;
  std::function<void()> before_commit;
};

// Upgrades the file when it is one of ours and older; true: it was. Any other file is left to the checks of
// its opening. kUnavailable: another process has it open, the disk is short, the file cannot be written; the
// message says what to do.
Result<bool> upgrade_database(const std::filesystem::path& file, const UpgradeOptions& options);

}  // namespace rappel::sqlite
