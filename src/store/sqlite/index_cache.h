// IndexCache: the index of all chunks in memory, following the database by its commit number.
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
#include "store/sqlite/index_version.h"

namespace rappel {
class ThreadPool;
}

namespace rappel::sqlite {

class Connection;
struct State;

class IndexCache {
 public:
  // `folder` and `pool` as IndexMaker.
  explicit IndexCache(int dimension, IndexFolder* folder = nullptr, ThreadPool* pool = nullptr)
      : maker_(dimension, folder, pool, cutters_), newest_{.index = {DenseIndex(dimension)}} {}

  // Begins a read transaction on `db`; returns the version of its snapshot. On failure there is no
  // transaction. kCorrupt: a stored chunk or vector is damaged, or their numbers disagree.
  Result<IndexVersion> begin_read(Connection& db);
  // Ends the write transaction of `db`, as COMMIT does.
  Status commit(Connection& db);
  IndexVersion newest() const;
  // Changes the newest version, which holds the same rows afterwards.
  void change(const std::function<void(ChunkIndexBuilder&)>& change);
  WordCutters& cutters() { return cutters_; }
  const IndexMaker& maker() const { return maker_; }

 private:
  struct Begun;
  Result<Begun> begin(Connection& db) const;
  Result<std::optional<IndexVersion>> catch_up(Connection& db, const State& state);
  std::optional<IndexVersion> prepared(Connection& db);
  void publish(IndexVersion version);

  WordCutters cutters_;
  const IndexMaker maker_;
  std::mutex building_;       // of the one who makes the next version; locked before mutex_
  mutable std::mutex mutex_;  // of newest_, for moments
  IndexVersion newest_;
};

}  // namespace rappel::sqlite
