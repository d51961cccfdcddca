// The embedded store: one SQLite database (WAL, synchronous=FULL) in a data folder. See docs/storage.md for
// the schema.
//
// The index of all chunks is kept in memory and, as a cache, in files; it follows the database by its commit
// number, also when another process wrote it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/status.h"
#include "store/model_identity.h"
#include "store/snapshot_store.h"
#include "store/sqlite/log_limit.h"
#include "store/store_report.h"

namespace rappel {

class ThreadPool;

struct SqliteStoreOptions {
  std::filesystem::path folder;  // created when missing, mode 0700; the database is sqlite_store_file(folder)
  // Whose vectors these are; stored at creation. At every later open the revision (a digest of the model
  // files) and the dimension must be the same; the name, for messages, only where there is no revision.
  ModelIdentity model;
  ThreadPool* pool = nullptr;  // for wide scans; may be null
  int busy_ms = 10000;         // how long a lock of another process is waited for
  sqlite::LogBounds log;
  // For tests: the free space that is found.
  std::function<std::uintmax_t()> free_bytes = {};
  std::uintmax_t reserve_bytes = std::uintmax_t{32} << 20;  // of the disk, for removals; 0: none
};

// The database of a store in the folder, there or not.
std::filesystem::path sqlite_store_file(const std::filesystem::path& folder);
// Whether the folder holds a store, readable or not.
bool is_sqlite_store(const std::filesystem::path& folder);

Result<std::unique_ptr<SnapshotStore>> open_sqlite_store(const SqliteStoreOptions& options);

// Whether open_sqlite_store() would find a good store that it can write, without making, changing or loading
// anything: what the store holds, or the same errors; kNotFound when there is none yet. Dimension 0: of any
// model.
Result<StoreStats> inspect_sqlite_store(const SqliteStoreOptions& options);

// The rest takes a folder that holds a store, also one that cannot be opened; kNotFound: there is none. The
// model counts only if its dimension is not 0.

// Every checksum, index, count, word and the last acknowledged commit. Changes nothing; others may use the
// store meanwhile.
Result<StoreReport> verify_sqlite_store(const SqliteStoreOptions& options);
// Mends what can be mended exactly: the log, pages with one wrong bit, and everything that follows from whole
// documents, chunks and vectors (sqlite/rebuild.h). Then verifies. Documents that are damaged themselves are
// named, and removed only with `drop_damaged`. kUnavailable: another process has the store open, or the disk
// is full.
Result<StoreReport> repair_sqlite_store(const SqliteStoreOptions& options, bool drop_damaged = false);
// The losses that trouble() names are known; it names them no longer. Damage that an open store has met stays
// until it is opened again.
Status accept_sqlite_store(const SqliteStoreOptions& options);
// kUnavailable, at once, if somebody has the store open.
Status unused_sqlite_store(const SqliteStoreOptions& options);
// A copy in one new file, which is a store when it is named rappel.db in a folder of its own. Others may use
// the store meanwhile.
Status backup_sqlite_store(const SqliteStoreOptions& options, const std::filesystem::path& target);

}  // namespace rappel
