#include "store/snapshot_store.h"

#include <string>
#include <unordered_map>

namespace rappel {
namespace {

// Keeps the chunks of its searches, because a store without snapshots returns them only there.
class SearchedReader : public StoreReader {
 public:
  explicit SearchedReader(DocumentStore& store) : store_(store) {}

  Result<std::vector<Hit>> search(const SearchRequest& request) override {
    RAPPEL_ASSIGN(std::vector<FoundChunk> found, store_.search(request));
    std::vector<Hit> hits;
    hits.reserve(found.size());
    for (FoundChunk& one : found) {
      hits.push_back({ChunkKey{one.chunk.id}, one.score});
      chunks_.insert_or_assign(hits.back().key, std::move(one.chunk));
    }
    return hits;
  }

  // By searches of the chunks' documents.
  Result<std::vector<float>> score(std::span<const ChunkKey> keys, const SearchSignal& signal) override {
    std::unordered_map<std::string, std::unordered_map<ChunkKey, float>> scores;  // by document
    std::vector<float> scored;
    for (const ChunkKey& key : keys) {
      RAPPEL_ASSIGN(const Chunk* const chunk, found(key));
      const auto [of_document, is_new] = scores.try_emplace(chunk->document_id);
      if (is_new) {
        const SearchRequest request{signal, kMostChunks, Filter::document(chunk->document_id)};
        RAPPEL_ASSIGN(const std::vector<FoundChunk> hits, store_.search(request));
        for (const FoundChunk& hit : hits) of_document->second[{hit.chunk.id}] = hit.score;
      }
      const auto score = of_document->second.find(key);
      scored.push_back(score == of_document->second.end() ? 0 : score->second);
    }
    return scored;
  }

  Result<std::vector<Chunk>> chunks(std::span<const ChunkKey> keys) override {
    std::vector<Chunk> chunks;
    chunks.reserve(keys.size());
    for (const ChunkKey& key : keys) {
      RAPPEL_ASSIGN(const Chunk* const chunk, found(key));
      chunks.push_back(*chunk);
    }
    return chunks;
  }

  Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index) override {
    return store_.chunk_at(document_id, index);
  }

  Result<std::optional<double>> best_score(const SearchSignal& signal) override {
    return store_.best_score(signal);
  }

  Result<std::vector<WordGuess>> guesses(const LexicalSignal& signal) override {
    return store_.guesses(signal);
  }

  std::optional<std::int64_t> commit() const override { return std::nullopt; }

 private:
  // Chunks of a document that are scored.
  static constexpr std::size_t kMostChunks = 100'000;

  Result<const Chunk*> found(const ChunkKey& key) const {
    const auto found = chunks_.find(key);
    if (found == chunks_.end())
      return Status(Code::kNotFound, "there is no such chunk among those that were found");
    return &found->second;
  }

  DocumentStore& store_;
  std::unordered_map<ChunkKey, Chunk> chunks_;
};

}  // namespace

Result<std::vector<FoundChunk>> SnapshotStore::search(const SearchRequest& request) {
  RAPPEL_ASSIGN(const std::unique_ptr<StoreReader> reader, snapshot());
  RAPPEL_ASSIGN(const std::vector<Hit> hits, reader->search(request));
  std::vector<ChunkKey> keys;
  keys.reserve(hits.size());
  for (const Hit& hit : hits) keys.push_back(hit.key);
  RAPPEL_ASSIGN(std::vector<Chunk> chunks, reader->chunks(keys));
  std::vector<FoundChunk> found;
  found.reserve(hits.size());
  for (std::size_t i = 0; i < hits.size(); ++i) found.push_back({std::move(chunks[i]), hits[i].score});
  return found;
}

Result<std::optional<double>> SnapshotStore::best_score(const SearchSignal& signal) {
  RAPPEL_ASSIGN(const std::unique_ptr<StoreReader> reader, snapshot());
  return reader->best_score(signal);
}

Result<std::vector<WordGuess>> SnapshotStore::guesses(const LexicalSignal& signal) {
  RAPPEL_ASSIGN(const std::unique_ptr<StoreReader> reader, snapshot());
  return reader->guesses(signal);
}

Result<std::optional<Chunk>> SnapshotStore::chunk_at(std::string_view document_id, std::uint32_t index) {
  RAPPEL_ASSIGN(const std::unique_ptr<StoreReader> reader, snapshot());
  return reader->chunk_at(document_id, index);
}

Status check_conditions(const TextConditions& conditions) {
  const std::size_t count =
      conditions.phrases.size() + conditions.without_phrases.size() + conditions.without_words.size();
  if (count <= kMaxFilterConditions) return {};
  return Status(Code::kInvalidArgument, "the query has " + std::to_string(count) +
                                            " phrases and excluded words; at most " +
                                            std::to_string(kMaxFilterConditions) + " are allowed");
}

Result<std::optional<double>> DocumentStore::best_score(const SearchSignal&) {
  return std::optional<double>();
}

Result<std::vector<WordGuess>> DocumentStore::guesses(const LexicalSignal&) {
  return Status(Code::kUnsupported, "the " + info().kind + " store does not guess words");
}

Result<std::optional<Chunk>> DocumentStore::chunk_at(std::string_view, std::uint32_t) {
  return Status(Code::kUnsupported, "the " + info().kind + " store cannot read a chunk by its number");
}

Result<std::unique_ptr<StoreReader>> open_reader(DocumentStore& store) {
  if (SnapshotStore* const snapshots = store.snapshots()) return snapshots->snapshot();
  return std::unique_ptr<StoreReader>(std::make_unique<SearchedReader>(store));
}

}  // namespace rappel
