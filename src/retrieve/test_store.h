// A store in memory that keeps what upsert() gives it and searches it one by one. Filters by document id
// only.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "store/snapshot_store.h"

namespace rappel {

class TestStore final : public DocumentStore {
 public:
  StoreInfo info() const override {
    StoreInfo info;
    info.kind = "test";
    info.dense = info.filters = true;
    return info;
  }
  Status upsert(std::vector<NewDocument> documents) override {
    ++upserts;
    if (!failure.ok()) return failure;
    for (NewDocument& document : documents) {
      const std::string id = document.id;
      if (document.chunks.empty())
        rows.erase(id);
      else
        rows[id] = std::move(document);
    }
    return {};
  }
  Result<std::size_t> remove(std::span<const std::string> ids) override {
    std::size_t removed = 0;
    for (const std::string& id : ids) removed += rows.erase(id);
    return removed;
  }
  Result<std::size_t> remove(const Filter& filter) override {
    return std::erase_if(rows,
                         [&](const auto& row) { return matches(filter, row.first, row.second.metadata); });
  }
  Result<DocumentPage> list(const Filter& filter, std::size_t offset, std::size_t limit) override {
    DocumentPage page;
    for (const auto& [id, document] : rows) {
      if (!matches(filter, id, document.metadata)) continue;
      if (const auto n = static_cast<std::size_t>(page.total++); n >= offset && n < offset + limit)
        page.documents.push_back(summary(document));
    }
    return page;
  }
  Result<std::vector<DocumentSummary>> get(std::span<const std::string> ids) override {
    std::vector<DocumentSummary> found;
    for (const std::string& id : ids)
      if (const auto it = rows.find(id); it != rows.end()) found.push_back(summary(it->second));
    return found;
  }
  Result<std::vector<FoundChunk>> search(const SearchRequest& request) override {
    const auto& signal = std::get<DenseSignal>(request.signal);
    std::vector<FoundChunk> found;
    for (const auto& [id, document] : rows) {
      if (!matches(request.filter, id, document.metadata)) continue;
      for (std::size_t i = 0; i < document.chunks.size(); ++i) {
        const NewChunk& chunk = document.chunks[i];
        found.push_back(
            {{id + "_" + std::to_string(i), id, chunk.text, static_cast<std::uint32_t>(i), chunk.begin,
              chunk.end, document.metadata},
             std::inner_product(signal.vector.begin(), signal.vector.end(), chunk.dense.begin(), 0.0f)});
      }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const FoundChunk& a, const FoundChunk& b) { return a.score > b.score; });
    if (found.size() > request.k) found.resize(request.k);
    depths.push_back(request.k);
    return found;
  }
  Result<StoreStats> stats() override {
    StoreStats stats;
    for (const auto& row : rows) {
      ++stats.documents;
      stats.chunks += static_cast<std::int64_t>(row.second.chunks.size());
    }
    return stats;
  }

  std::map<std::string, NewDocument> rows;
  std::vector<std::size_t> depths;  // k of each search
  Status failure;                   // if set, upsert() fails with it
  int upserts = 0;

 private:
  static DocumentSummary summary(const NewDocument& document) {
    return {document.id, static_cast<std::int64_t>(document.chunks.size()), document.metadata,
            document.chunks.empty() ? "" : document.chunks[0].text};
  }
};

}  // namespace rappel
