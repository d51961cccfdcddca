// VectorCache: the vectors of all chunks in memory, following the database by its commit number.
//
// begin_read() gives the version that equals the snapshot of the transaction it begins: rows that came since
// the last version are read, rows in the removal log are taken out; when the log no longer reaches back that
// far (another process wrote a lot), the living row ranges of all documents decide instead. Any thread may
// call it; calls take turns, which also keeps the versions in step: a transaction that begins later sees the
// same commit or a later one.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/status.h"
#include "index/flat/flat_index.h"

namespace rappel::sqlite {

class Connection;
struct State;

class VectorCache {
 public:
  explicit VectorCache(int dimension) : dimension_(dimension), index_(dimension) {}

  // Begins a read transaction on `db`; returns the vectors of its snapshot and sets its commit number. On
  // failure there is no transaction. kCorrupt: a stored vector is damaged, or vectors and chunk count
  // disagree.
  Result<FlatIndex> begin_read(Connection& db, std::int64_t* commit);

 private:
  Status advance(Connection& db, const State& state);
  Status apply_removals(Connection& db, const State& state, FlatIndexBuilder& builder) const;
  Status append_new_rows(Connection& db, FlatIndexBuilder& builder) const;

  const int dimension_;
  std::mutex mutex_;
  FlatIndex index_;
  std::int64_t commit_ = 0;
  std::int64_t next_row_ = 1;  // rows below it have been looked at
};

}  // namespace rappel::sqlite
