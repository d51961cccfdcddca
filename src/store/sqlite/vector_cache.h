// VectorCache: the dense index of all chunks in memory, following the database by its commit number.
//
// begin_read() gives the version that equals the snapshot of the transaction it begins: rows that came since
// the last version are read, rows in the removal log are taken out; when the log no longer reaches back that
// far (another process wrote a lot), the living row ranges of all documents decide instead. The first call
// loads the files of the index folder, and reads from the database what they lack. Any thread may call it;
// calls take turns, which also keeps the versions in step: a transaction that begins later sees the same
// commit or a later one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "base/status.h"
#include "index/dense/dense_index.h"
#include "index/index_folder.h"

namespace rappel::sqlite {

class Connection;
struct State;

class VectorCache {
 public:
  // `folder`: null for none.
  VectorCache(int dimension, IndexFolder* folder)
      : dimension_(dimension), folder_(folder), index_(dimension) {}

  // Begins a read transaction on `db`; returns the index of its snapshot and sets its commit number. On
  // failure there is no transaction. kCorrupt: a stored vector is damaged, or vectors and chunk count
  // disagree.
  Result<DenseIndex> begin_read(Connection& db, std::int64_t* commit);

  // The newest version, for the keeper of the index.
  struct Version {
    DenseIndex index;
    std::int64_t commit = 0;
    std::int64_t next_row = 1;  // rows below it have been looked at
  };
  Version newest() const;
  // Changes the newest version, which holds the same rows afterwards.
  void change(const std::function<void(DenseIndexBuilder&)>& change);

 private:
  Status advance(Connection& db, const State& state);
  Status load(Connection& db, const State& state);
  Status adopt_files(Connection& db, const IndexManifest& manifest, DenseIndexBuilder& builder,
                     std::int64_t* next);
  Status apply_removals(Connection& db, const State& state, DenseIndexBuilder& builder) const;
  Status append_rows(Connection& db, std::int64_t begin, std::int64_t end, DenseIndexBuilder& builder) const;
  Status take(Connection& db, const State& state, DenseIndexBuilder builder);

  const int dimension_;
  IndexFolder* const folder_;
  mutable std::mutex mutex_;
  bool loaded_ = false;
  DenseIndex index_;
  std::int64_t commit_ = 0;
  std::int64_t next_row_ = 1;
};

}  // namespace rappel::sqlite
