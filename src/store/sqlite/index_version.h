// IndexVersion: the index of all chunks at one commit, and how one is made: from the files of the index
// folder and the database, or from the version before.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "index/chunk_index.h"
#include "index/index_folder.h"
#include "store/sqlite/index_rows.h"

namespace rappel::sqlite {

class Connection;
struct State;

struct IndexVersion {
  ChunkIndex index;
  std::vector<WordLanguage> languages = {};  // of table `languages`
  std::int64_t commit = -1;                  // -1: nothing was read yet
  std::int64_t next_row = 1;                 // rows below it have been looked at
};

// Any thread may call the methods, in a transaction of `db` that is in `state`. kCorrupt: a stored chunk or
// vector is damaged, or their numbers disagree.
class IndexMaker {
 public:
  // `folder`: null for none; `pool` helps to read many rows; null: none.
  IndexMaker(int dimension, IndexFolder* folder, ThreadPool* pool, WordCutters& cutters)
      : dimension_(dimension), folder_(folder), pool_(pool), cutters_(cutters) {}

  // Loads files that can be used, and reads from the database what they lack. Many vectors are left unread
  // (DenseIndex::unread()), for the keeper of the index to encode again.
  Result<IndexVersion> load(Connection& db, const State& state) const;
  // Reads the rows that came since `base` and takes those out that went. kUnavailable: a file of `base` is
  // damaged.
  Result<IndexVersion> advance(Connection& db, const State& state, const IndexVersion& base) const;
  // The same vectors, with those of damaged files left unread. Removed rows that `vectors` still has may be
  // gone. kUnavailable: another file was damaged meanwhile.
  Result<DenseIndex> without_damage(Connection& db, const DenseIndex& vectors) const;
  // The same rows, with those of damaged files read from the database again.
  Result<PostingsIndex> repaired(Connection& db, PostingsKind kind, const PostingsIndex& index) const;

 private:
  Result<DenseIndex> load_vectors(Connection& db, const IndexManifest& manifest, std::int64_t end) const;
  Status add_vectors(Connection& db, std::int64_t begin, std::int64_t end, DenseIndexBuilder& to) const;
  Result<PostingsIndex> load_postings(Connection& db, PostingsKind kind, const IndexManifest& manifest,
                                      std::int64_t end) const;
  Result<bool> is_of(Connection& db, PostingsKind kind, const PostingsBlock& block) const;
  IndexRows rows(Connection& db) const { return {db, cutters_, pool_}; }

  const int dimension_;
  IndexFolder* const folder_;
  ThreadPool* const pool_;
  WordCutters& cutters_;
};

}  // namespace rappel::sqlite
