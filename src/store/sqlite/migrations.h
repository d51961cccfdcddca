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

#include "base/status.h"

namespace rappel::sqlite {

class Connection;

constexpr std::int64_t kSchemaVersion = 2;

// Runs the steps after version `from` up to kSchemaVersion inside the caller's transaction, and sets the
// version.
Status run_migrations(Connection& db, std::int64_t from);

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
