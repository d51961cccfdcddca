// Reads rows of the database into the indexes that are built of them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "index/dense/dense_index.h"
#include "index/index_manifest.h"
#include "index/postings/postings_index.h"
#include "store/sqlite/word_terms.h"

namespace rappel {
class ThreadPool;
}

namespace rappel::sqlite {

class Connection;
class Statement;

class IndexRows {
 public:
  // In the snapshot of the connection's transaction. `pool` cuts words on all its threads; null: on the
  // calling thread.
  IndexRows(Connection& db, WordCutters& cutters, ThreadPool* pool)
      : db_(db), cutters_(cutters), pool_(pool) {}

  // The rows from `begin` on, below `end`. kCorrupt: a row is damaged.
  Status append_vectors(std::int64_t begin, std::int64_t end, int dimension, DenseIndexBuilder& to);
  Status append_words(std::int64_t begin, std::int64_t end, PostingsIndexBuilder& to);
  // Rows without weights of tokens are left out.
  Status append_sparse(std::int64_t begin, std::int64_t end, PostingsIndexBuilder& to);
  // As one of the two.
  Status append(PostingsKind kind, std::int64_t begin, std::int64_t end, PostingsIndexBuilder& to);
  // The terms of a row; nothing if there is no such row.
  Result<std::vector<TermImpact>> terms_of(PostingsKind kind, std::int64_t row);

 private:
  struct Text;
  Result<std::vector<TermImpact>> words_of(std::int64_t row);
  Result<Text> read_text(Statement& select);
  void cut(std::vector<Text>& texts);

  Connection& db_;
  WordCutters& cutters_;
  ThreadPool* const pool_;
};

}  // namespace rappel::sqlite
