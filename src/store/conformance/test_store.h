// TestStore: the least that a store may be, for tests. A map in memory, filters by matches(), dense search by
// brute force, BM25 by the book, sums of all products; no snapshots, and documents of one call change one by
// one. It passes the conformance suite, is the naive twin of other stores, shows what it holds, and fails
// when it is told to.
//
// Any thread may call the methods; the members are for a test that has no call under way.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/postings/query_weights.h"
#include "store/document_store.h"
#include "text/words/language.h"

namespace rappel {

class TestStore final : public DocumentStore, public OriginStore {
 public:
  explicit TestStore(int dimension) : dimension_(dimension) {}

  StoreInfo info() const override;
  Status upsert(std::vector<NewDocument> documents) override;
  Result<std::size_t> remove(std::span<const std::string> ids) override;
  Result<std::size_t> remove(const Filter& filter) override;
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const PageMeter& meter = {}) override;
  Result<std::vector<DocumentSummary>> get(std::span<const std::string> ids) override;
  Result<std::vector<FoundChunk>> search(const SearchRequest& request) override;
  Result<std::optional<double>> best_score(const SearchSignal& signal) override;
  Result<std::vector<WordGuess>> guesses(const LexicalSignal& signal) override;
  Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index) override;
  Result<StoreStats> stats() override;

  OriginStore* origins() override { return keeps_origins ? this : nullptr; }
  Result<std::vector<KnownFile>> files_at(const std::string& path) override;
  Result<std::vector<FileOrigin>> origins_of(const std::string& id) override;
  Result<std::vector<KnownFile>> files_with(const std::string& content) override;
  Result<std::vector<KnownFile>> files_below(const std::string& folder, const KnownFile* after,
                                             std::size_t limit) override;
  Status visit_fingerprints(const std::function<void(std::uint64_t, std::string_view)>& visit) override;
  Status change_origins(std::span<const OriginChange> changes) override;

  std::map<std::string, NewDocument> rows;
  std::map<std::string, std::map<std::string, FileOrigin>> origins_of_rows;  // by document and path
  std::vector<std::size_t> depths;                                           // k of each search
  Status failure;                                                            // if set, upsert() fails with it
  int upserts = 0;                                                           // calls
  int origin_changes = 0;                                                    // calls of change_origins()
  int fingerprint_visits = 0;                                                // calls of visit_fingerprints()
  bool keeps_origins = true;
  bool neighbors = true;  // whether chunk_at() works

 private:
  struct Scored;
  struct Guessed;
  using ChunkImpacts = std::map<std::uint64_t, std::uint8_t>;  // by word
  std::vector<ChunkImpacts> count_words(std::vector<Scored>& chunks) const;
  std::map<std::string, std::set<std::uint64_t>> spellings() const;
  std::vector<Guessed> guessed(const LexicalSignal& signal, const std::vector<ChunkImpacts>& impacts) const;
  std::vector<Scored> score_by_words(const LexicalSignal& signal, const Filter& filter);
  std::vector<Scored> score_by_weights(std::span<const TokenWeight> weights, const Filter& filter) const;
  std::vector<Scored> score_by_vector(std::span<const float> vector, const Filter& filter) const;
  std::vector<Scored> match(const Filter& filter) const;
  void keep_origins(const NewDocument& document);
  template <class Condition>
  std::vector<KnownFile> files_that(Condition condition);

  const int dimension_;
  std::mutex mutex_;
  std::set<WordLanguage> languages_;  // of all chunks that ever were
};

}  // namespace rappel
