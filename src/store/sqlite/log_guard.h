// Looks at the log before SQLite may shorten or remove it, and compares what it leads to with the commit
// record. docs/storage.md, "Recovery", has the cases.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/status.h"
#include "store/sqlite/commit_record.h"

namespace rappel::sqlite {

class Connection;

std::filesystem::path log_file(const std::filesystem::path& database);

struct CommitCheck {
  std::optional<CommitNote> note;  // nothing: no record, or of another store
  std::int64_t found = 0;          // the newest commit that is there

  std::int64_t missing() const { return note && found < note->commit ? note->commit - found : 0; }
  // The log ends before pages that a checkpoint took from it.
  bool log_is_older_than_database() const { return note && found < note->reached; }
};

// Changes nothing. kCorrupt: database or record are damaged.
Result<CommitCheck> compare_commits(const std::filesystem::path& database, int busy_ms);

// Before a store is opened. When acknowledged commits are missing, a copy of the log is kept as
// rappel.db-wal.damaged-TIME and the log is mended, where that is possible; the record says what is lost.
// kCorrupt: what is left contradicts itself.
Status guard_commits(const std::filesystem::path& database, int busy_ms);

// The losses and mendings that the record knows of: commits-missing, log-mended; ok: none.
Status trouble_of(const CommitNote& note, const std::filesystem::path& database);
// The same, and commits that are missing before guard_commits() has looked.
Status trouble_of(const CommitCheck& check, const std::filesystem::path& database);

Result<std::uint64_t> read_store_id(Connection& db);

}  // namespace rappel::sqlite
