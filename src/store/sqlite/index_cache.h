// IndexCache: the index of all chunks in memory, following the database by its commit number.
//
// A version is made from the one before: rows that came since then are read, rows in the removal log are
// taken out; when the log no longer reaches back that far (another process wrote a lot), the living row
// ranges of all documents decide instead. The first call loads the files of the index folder, and reads from
// the database what they lack.
//
// commit() makes the next version inside the write transaction, so that readers find it there and wait for
// nothing. Only for commits of other processes a reader makes the version itself; others that come meanwhile
// wait for it. Any thread may call begin_read(): one that begins later sees the same commit or a later one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

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
    std::int64_t commit = -1;      // -1: nothing was read yet
    std::int64_t next_row = 1;     // rows below it have been looked at
  };
  // Begins a read transaction on `db`; returns the version of its snapshot. On failure there is no
  // transaction. kCorrupt: a stored chunk or vector is damaged, or their numbers disagree.
  Result<Version> begin_read(Connection& db);
  // Ends the write transaction of `db`, as COMMIT does.
  Status commit(Connection& db);
  Version newest() const;
  // Changes the newest version, which holds the same rows afterwards.
  void change(const std::function<void(ChunkIndexBuilder&)>& change);
  WordCutters& cutters() { return cutters_; }

 private:
  struct Begun;
  Result<Begun> begin(Connection& db) const;
  Result<std::optional<Version>> catch_up(Connection& db, const State& state);
  std::optional<Version> prepared(Connection& db);
  void publish(Version version);
  Result<Version> advanced(Connection& db, const State& state, const Version& base);
  Result<Version> loaded(Connection& db, const State& state);
  Result<std::int64_t> adopt_files(Connection& db, const IndexManifest& manifest, DenseIndexBuilder& builder);

  const int dimension_;
  IndexFolder* const folder_;
  ThreadPool* const pool_;
  WordCutters cutters_;
  std::mutex building_;       // of the one who makes the next version; locked before mutex_
  mutable std::mutex mutex_;  // of newest_, for moments
  Version newest_;
};

}  // namespace rappel::sqlite
