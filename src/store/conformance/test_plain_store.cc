#include "store/conformance/test_plain_store.h"

#include <algorithm>
#include <set>

#include "store/checks.h"

namespace rappel::testing_store {
namespace {

constexpr std::size_t kSampleCodePoints = 200;

std::string sample_of(const std::string& text) {
  std::size_t end = 0, points = 0;
  while (end < text.size() && (points < kSampleCodePoints || (text[end] & 0xC0) == 0x80)) {
    points += (text[end] & 0xC0) != 0x80;
    ++end;
    if (points == kSampleCodePoints && (end == text.size() || (text[end] & 0xC0) != 0x80)) break;
  }
  return text.substr(0, end);
}

DocumentSummary summary_of(const NewDocument& document) {
  return {document.id, static_cast<std::int64_t>(document.chunks.size()), document.metadata,
          sample_of(document.chunks[0].text)};
}

Chunk chunk_of(const NewDocument& document, std::size_t i) {
  const NewChunk& source = document.chunks[i];
  return {document.id + "_" + std::to_string(i),
          document.id,
          source.text,
          static_cast<std::uint32_t>(i),
          source.begin,
          source.end,
          document.metadata};
}

float cosine(std::span<const float> a, std::span<const float> b) {
  double dot = 0;
  for (std::size_t i = 0; i < a.size(); ++i) dot += double(a[i]) * b[i];
  return static_cast<float>(dot);
}

}  // namespace

StoreInfo PlainStore::info() const {
  return {.kind = "plain",
          .location = "memory",
          .dense = true,
          .filters = true,
          .atomicity = Atomicity::kDocument,
          .durability = Durability::kMemory};
}

Status PlainStore::upsert(std::vector<NewDocument> documents) {
  std::lock_guard lock(mutex_);
  for (NewDocument& document : documents) {
    RAPPEL_TRY(check_documents({&document, 1}, dimension_));
    if (document.chunks.empty()) {
      documents_.erase(document.id);
    } else {
      std::string id = document.id;
      documents_.insert_or_assign(std::move(id), std::move(document));
    }
  }
  return {};
}

Result<std::size_t> PlainStore::remove(std::span<const std::string> ids) {
  std::lock_guard lock(mutex_);
  std::size_t removed = 0;
  for (const std::string& id : ids) removed += documents_.erase(id);
  return removed;
}

Result<std::size_t> PlainStore::remove(const Filter& filter) {
  RAPPEL_TRY(check_filter(filter));
  std::lock_guard lock(mutex_);
  return std::erase_if(
      documents_, [&](const auto& entry) { return matches(filter, entry.first, entry.second.metadata); });
}

Result<DocumentPage> PlainStore::list(const Filter& filter, std::size_t offset, std::size_t limit) {
  RAPPEL_TRY(check_filter(filter));
  std::lock_guard lock(mutex_);
  DocumentPage page;
  for (const auto& [id, document] : documents_) {
    if (!matches(filter, id, document.metadata)) continue;
    const auto place = static_cast<std::size_t>(page.total++);
    if (place >= offset && page.documents.size() < limit) page.documents.push_back(summary_of(document));
  }
  return page;
}

Result<std::vector<DocumentSummary>> PlainStore::get(std::span<const std::string> ids) {
  std::lock_guard lock(mutex_);
  std::vector<DocumentSummary> found;
  std::set<std::string> asked;
  for (const std::string& id : ids)
    if (const auto document = documents_.find(id); document != documents_.end() && asked.insert(id).second)
      found.push_back(summary_of(document->second));
  return found;
}

Result<std::vector<FoundChunk>> PlainStore::search(const SearchRequest& request) {
  const auto* dense = std::get_if<DenseSignal>(&request.signal);
  if (dense == nullptr) return Status(Code::kUnsupported, "this store has no lexical search");
  RAPPEL_TRY(check_query_vector(dense->vector, dimension_));
  RAPPEL_TRY(check_filter(request.filter));
  std::lock_guard lock(mutex_);
  std::vector<FoundChunk> found;
  for (const auto& [id, document] : documents_)
    if (matches(request.filter, id, document.metadata))
      for (std::size_t i = 0; i < document.chunks.size(); ++i)
        found.push_back({chunk_of(document, i), cosine(dense->vector, document.chunks[i].dense)});
  std::stable_sort(found.begin(), found.end(),
                   [](const FoundChunk& a, const FoundChunk& b) { return a.score > b.score; });
  if (found.size() > request.k) found.resize(request.k);
  return found;
}

Result<StoreStats> PlainStore::stats() {
  std::lock_guard lock(mutex_);
  StoreStats stats;
  for (const auto& [id, document] : documents_) {
    ++stats.documents;
    stats.chunks += static_cast<std::int64_t>(document.chunks.size());
  }
  return stats;
}

}  // namespace rappel::testing_store
