// SqliteReader: one snapshot, as an open read transaction and the version of the index that equals it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "store/snapshot_store.h"
#include "store/sqlite/connection_pool.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/filter_cache.h"
#include "store/sqlite/found_damage.h"
#include "store/sqlite/signal_search.h"

namespace rappel::sqlite {

class SqliteReader : public StoreReader {
 public:
  // `db` has its read transaction open, at the state of `version`. `damage` is told what it meets.
  SqliteReader(PooledConnection db, IndexVersion version, IndexCache& cache, ThreadPool* pool,
               FilterCache& filters, FoundDamage& damage)
      : db_(std::move(db)), signals_(std::move(version), cache, pool), cached_(filters), damage_(damage) {}

  Result<std::vector<Hit>> search(const SearchRequest& request) override;
  Result<std::vector<float>> score(std::span<const ChunkKey> keys, const SearchSignal& signal) override;
  Result<std::optional<double>> best_score(const SearchSignal& signal) override;
  Result<std::vector<WordGuess>> guesses(const LexicalSignal& signal) override;
  Result<std::optional<ScoreSample>> sample(const SearchSignal& signal) override;
  Result<std::vector<Chunk>> chunks(std::span<const ChunkKey> keys) override;
  Result<std::vector<std::vector<float>>> vectors(std::span<const ChunkKey> keys) override;
  Result<std::vector<TokenVectors>> token_vectors(std::span<const ChunkKey> keys) override;
  Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index) override;
  std::optional<std::int64_t> commit() const override { return signals_.commit(); }

 private:
  struct ChunkDocument {
    std::string id;
    std::shared_ptr<const Metadata> metadata;
  };
  Result<std::vector<Hit>> find(const SearchRequest& request);
  Result<std::vector<Chunk>> fetch(std::span<const ChunkKey> keys);
  Result<std::optional<Chunk>> fetch_at(std::string_view document_id, std::uint32_t index);
  Result<std::vector<std::vector<float>>> fetch_vectors(std::span<const ChunkKey> keys);
  Result<std::vector<TokenVectors>> fetch_token_vectors(std::span<const ChunkKey> keys);
  Result<std::vector<float>> scores(std::span<const ChunkKey> keys, const SearchSignal& signal);
  Result<Statement> select_chunk();
  Result<Chunk> chunk(Statement& select, std::int64_t row);
  Result<const ChunkDocument*> document(std::int64_t doc);
  Status check_filters(std::int64_t row, const ChunkDocument& document) const;

  PooledConnection db_;
  SignalSearch signals_;
  FilterCache& cached_;
  FoundDamage& damage_;
  std::unordered_map<std::int64_t, ChunkDocument> documents_;      // of chunks that were fetched, by number
  std::deque<Filter> filters_;                                     // of the searches
  std::unordered_multimap<std::int64_t, const Filter*> found_by_;  // by the row of the hit
};

// A page of documents, in the snapshot of the connection's open transaction.
Result<DocumentPage> read_page(Connection& db, const Filter& filter, std::size_t offset, std::size_t limit,
                               const PageMeter& meter);
// The documents of these ids that exist, each once, in the order asked.
Result<std::vector<DocumentSummary>> read_summaries(Connection& db, std::span<const std::string> ids);

}  // namespace rappel::sqlite
