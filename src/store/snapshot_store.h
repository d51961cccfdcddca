// SnapshotStore: a DocumentStore that can also hold one consistent state still, as an embedded database can.
//
// All searches of one request use one StoreReader. search() returns keys and scores only; chunks()
// fetches text and metadata for those that are needed, so candidates that fusion drops cost nothing. With a
// SnapshotStore they see one committed state, whatever is written meanwhile; with another store each search
// sees the state of its time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "store/document_store.h"

namespace rappel {

// Scores of chunks that were chosen without regard to the query: those of its best hits stand out from them.
struct ScoreSample {
  std::size_t chunks = 0;  // that were scored
  std::size_t of = 0;      // chunks of the store
  double mean = 0;
  double deviation = 0;  // standard deviation
};

// One thread at a time; take one per request, and drop it soon: an open state costs the store space.
class StoreReader {
 public:
  virtual ~StoreReader() = default;
  virtual Result<std::vector<Hit>> search(const SearchRequest& request) = 0;
  // Exact scores of these chunks by a signal, in the order asked, as search() gives them; 0 where words or
  // tokens have nothing in common. Keys are those of this reader's hits.
  virtual Result<std::vector<float>> score(std::span<const ChunkKey> keys, const SearchSignal& signal) = 0;
  // As DocumentStore::best_score(), in this state.
  virtual Result<std::optional<double>> best_score(const SearchSignal&) { return std::optional<double>(); }
  // As DocumentStore::guesses(), in this state.
  virtual Result<std::vector<WordGuess>> guesses(const LexicalSignal& signal) = 0;
  // The scores of up to kSampleChunks chunks, spread evenly over the store; the same for the same state.
  // Nothing: the store has no such sample for this signal.
  static constexpr std::size_t kSampleChunks = 256;
  virtual Result<std::optional<ScoreSample>> sample(const SearchSignal&) {
    return std::optional<ScoreSample>();
  }
  // In the order asked. Keys are those of this reader's hits; one that names no chunk is kNotFound.
  virtual Result<std::vector<Chunk>> chunks(std::span<const ChunkKey> keys) = 0;
  // The dense vectors of these chunks, of unit length, in the order asked; none at all if the store does not
  // give them. Keys are those of this reader's hits.
  virtual Result<std::vector<std::vector<float>>> vectors(std::span<const ChunkKey>) {
    return std::vector<std::vector<float>>();
  }
  // The vectors of these chunks' tokens, in the order asked, empty for a chunk without; none at all if the
  // store does not keep them. Keys are those of this reader's hits.
  virtual Result<std::vector<TokenVectors>> token_vectors(std::span<const ChunkKey>) {
    return std::vector<TokenVectors>();
  }
  // As DocumentStore::chunk_at().
  virtual Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index) = 0;
  // The state's commit number; nothing for a store without snapshots.
  virtual std::optional<std::int64_t> commit() const = 0;
};

class SnapshotStore : public DocumentStore {
 public:
  SnapshotStore* snapshots() override { return this; }
  virtual Result<std::unique_ptr<StoreReader>> snapshot() = 0;
  // Number of the newest state: grows by one with every call that changed something.
  virtual Result<std::int64_t> commit() = 0;

  // Through a snapshot.
  Result<std::vector<FoundChunk>> search(const SearchRequest& request) override;
  Result<std::optional<double>> best_score(const SearchSignal& signal) override;
  Result<std::vector<WordGuess>> guesses(const LexicalSignal& signal) override;
  Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index) override;
};

// A snapshot where the store has them; otherwise a reader that searches the store itself and keeps what was
// found. The store must outlive it.
Result<std::unique_ptr<StoreReader>> open_reader(DocumentStore& store);

}  // namespace rappel
