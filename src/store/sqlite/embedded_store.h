// The store object behind open_sqlite_store(): readers, the writer, the index and what keeps them in step.
#pragma once

#include <filesystem>
#include <memory>

#include "base/status.h"
#include "store/sqlite/commit_record.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace rappel::sqlite {

// Room on the disk that is kept for removals.
std::filesystem::path reserve_file(const std::filesystem::path& file);

// A store on a file that is checked and upgraded, with its index loaded. `writer` is the only connection that
// writes.
Result<std::unique_ptr<SnapshotStore>> start_store(const SqliteStoreOptions& options,
                                                   const std::filesystem::path& file,
                                                   std::unique_ptr<CommitRecord> record,
                                                   std::unique_ptr<Connection> writer);

}  // namespace rappel::sqlite
