// BoundStore: a store as the holder of one token sees it. Documents that do not match the token's filter do
// not exist: searches, lists, removals and reads leave them out, whatever the caller's own filter says. New
// documents get the values of the filter (bound_filter.h).
//
// An upsert that names the id of a document outside the filter is refused as a whole, before anything is
// written (kUnauthenticated); the message does not say which one it is. Files that documents came from are
// not shown, because they are known by content alone. Numbers of the whole store (statistics of
// words, samples of scores) stay as they are, and so do its health and its failures.
//
// Upserts through the BoundStores of one store share a WriteClaims: those with an id in common come one after
// the other, so that none of them stores a document between another one's look at an id and its write.
//
// Any thread may call any method. The inner store must outlive it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/snapshot_store.h"

namespace rappel {

// The ids that are being written.
class WriteClaims {
 public:
  // Waits until no other claim has one of these ids.
  class Claim {
   public:
    Claim(WriteClaims& claims, std::vector<std::string> ids);
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

   private:
    WriteClaims& claims_;
    const std::vector<std::string> ids_;  // each once
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_set<std::string> ids_;
};

class BoundStore final : public SnapshotStore {
 public:
  BoundStore(DocumentStore& inner, Filter bound, std::shared_ptr<WriteClaims> claims);

  StoreInfo info() const override { return inner_.info(); }
  SnapshotStore* snapshots() override { return inner_.snapshots() != nullptr ? this : nullptr; }
  OriginStore* origins() override { return nullptr; }
  std::filesystem::path scratch_folder() const override { return inner_.scratch_folder(); }

  Status upsert(std::vector<NewDocument> documents) override;
  Result<std::size_t> remove(std::span<const std::string> ids) override;
  Result<std::size_t> remove(const Filter& filter) override;
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit,
                            const PageMeter& meter = {}) override;
  Result<std::vector<DocumentSummary>> get(std::span<const std::string> ids) override;
  Result<std::vector<FoundChunk>> search(const SearchRequest& request) override;
  Result<std::optional<double>> best_score(const SearchSignal& signal) override;
  Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index) override;
  // Documents alone are counted within the filter.
  Result<StoreStats> stats() override;
  Status writable() override { return inner_.writable(); }
  Status trouble() override { return inner_.trouble(); }
  IndexHealth index_health() const override { return inner_.index_health(); }
  void write_metrics(MetricsText& out) const override { inner_.write_metrics(out); }

  Result<std::unique_ptr<StoreReader>> snapshot() override;
  Result<std::int64_t> commit() override;

 private:
  Status check_ids(const std::vector<std::string>& ids) const;

  DocumentStore& inner_;
  const Filter bound_;
  const std::shared_ptr<WriteClaims> claims_;
};

}  // namespace rappel
