// IndexCache: the index of all chunks in memory, following the database by its commit number.
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
#include "index/chunk_index.h"
#include "index/index_folder.h"
#include "store/sqlite/word_terms.h"

namespace rappel {
class ThreadPool;
}

namespace rappel::sqlite {

class Connection;
struct State;

class IndexCache {
 public:
  // `folder`: null for none; `pool` helps to read many rows; null: none.
  explicit IndexCache(int dimension, IndexFolder* folder = nullptr, ThreadPool* pool = nullptr)
      : dimension_(dimension), folder_(folder), pool_(pool), newest_{.index = {DenseIndex(dimension)}} {}

  struct Version {
    ChunkIndex index;
    WordLanguages languages = {};  // of all chunks that were ever seen
    std::int64_t commit = 0;
    std::int64_t next_row = 1;  // rows below it have been looked at
  };
  // Begins a read transaction on `db`; returns the version of its snapshot. On failure there is no
  // transaction. kCorrupt: a stored chunk or vector is damaged, or their numbers disagree.
  Result<Version> begin_read(Connection& db);
  Version newest() const;
  // Changes the newest version, which holds the same rows afterwards.
  void change(const std::function<void(ChunkIndexBuilder&)>& change);
  WordCutters& cutters() { return cutters_; }

 private:
  Status advance(Connection& db, const State& state);
  Status load(Connection& db, const State& state);
  Result<std::int64_t> adopt_files(Connection& db, const IndexManifest& manifest, DenseIndexBuilder& builder);
  Status apply_removals(Connection& db, const State& state, ChunkIndexBuilder& builder) const;
  Status take(Connection& db, const State& state, ChunkIndexBuilder builder, WordLanguages languages);

  const int dimension_;
  IndexFolder* const folder_;
  ThreadPool* const pool_;
  WordCutters cutters_;
  mutable std::mutex mutex_;
  bool loaded_ = false;
  Version newest_;
};

}  // namespace rappel::sqlite
