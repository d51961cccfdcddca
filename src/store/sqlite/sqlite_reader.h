// SqliteReader: one snapshot, as an open read transaction and the version of the vectors that equals it.
#pragma once

#include "index/flat/flat_index.h"
#include "store/sqlite/connection_pool.h"
#include "store/store.h"

namespace rappel::sqlite {

class SqliteReader : public Reader {
 public:
  // `db` has its read transaction open.
  SqliteReader(PooledConnection db, FlatIndex vectors, ThreadPool* pool)
      : db_(std::move(db)), vectors_(std::move(vectors)), pool_(pool) {}

  Result<std::vector<Hit>> dense(std::span<const float> vector, std::size_t k, const Filter& filter) override;
  Result<std::vector<Hit>> lexical(const std::string& text, std::size_t k, const Filter& filter) override;
  Result<std::vector<Chunk>> chunks(std::span<const ChunkRow> rows) override;

 private:
  PooledConnection db_;
  FlatIndex vectors_;
  ThreadPool* pool_;
};

// A page of documents, in the snapshot of the connection's open transaction.
Result<DocumentPage> read_page(Connection& db, const Filter& filter, std::size_t offset, std::size_t limit);

}  // namespace rappel::sqlite
