// The rows of the database that the columns of documents (store/columns) are made of.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/status.h"
#include "store/columns/document_columns.h"

namespace rappel::sqlite {

class Connection;
struct State;

// A version of the columns, and the state of the database that it equals.
struct ColumnsVersion {
  DocumentColumns columns;
  std::int64_t commit = -1;   // -1: nothing was read yet
  std::int64_t next_row = 1;  // documents with rows from here on are not in it
};

// All documents, in the snapshot of the connection, which is in that state. `texts`: whether the columns keep
// them. kCancelled: `stop` was set. kCorrupt: a document is damaged, or their number is not that of the
// state.
Result<ColumnsVersion> read_columns(Connection& db, const State& state, bool texts,
                                    const std::atomic<bool>& stop);

// Appends documents with rows from `begin` on, below `end`, at most `most`. Returns the row that the next
// call begins at; `end` when there are no more. Fails as read_columns().
Result<std::int64_t> append_documents(Connection& db, std::int64_t begin, std::int64_t end, std::int64_t most,
                                      const std::atomic<bool>& stop, DocumentColumnsBuilder& builder);

// Whether the database still knows what changed since the version.
bool can_follow(const ColumnsVersion& version, const State& state);
// The version after the changes since `version`. Fails as read_columns().
Result<ColumnsVersion> follow_columns(Connection& db, const State& state, const ColumnsVersion& version,
                                      const std::atomic<bool>& stop);

}  // namespace rappel::sqlite
