// PlainStore: the least that a store may be, for tests. A map in memory, filters by matches(), dense search
// by brute force; no words, no snapshots, and documents of one call change one by one.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "store/document_store.h"

namespace rappel::testing_store {

class PlainStore : public DocumentStore {
 public:
  explicit PlainStore(int dimension) : dimension_(dimension) {}

  StoreInfo info() const override;
  Status upsert(std::vector<NewDocument> documents) override;
  Result<std::size_t> remove(std::span<const std::string> ids) override;
  Result<std::size_t> remove(const Filter& filter) override;
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit) override;
  Result<std::vector<DocumentSummary>> get(std::span<const std::string> ids) override;
  Result<std::vector<FoundChunk>> search(const SearchRequest& request) override;
  Result<StoreStats> stats() override;

 private:
  const int dimension_;
  std::mutex mutex_;
  std::map<std::string, NewDocument> documents_;
};

}  // namespace rappel::testing_store
