#include "access/bound_store.h"

#include <algorithm>
#include <utility>

#include "access/bound_filter.h"

namespace rappel {
namespace {

// The documents that both filters take: the caller's and the token's.
Filter both(const Filter& asked, const Filter& bound) { return Filter::both_of({asked, bound}); }

std::optional<Chunk> visible(std::optional<Chunk> chunk, const Filter& bound) {
  if (!chunk || !chunk->metadata || !matches(bound, chunk->document_id, *chunk->metadata))
    return std::nullopt;
  return chunk;
}

// Keys are those of its own hits, so that what they name is within the filter.
class BoundReader final : public StoreReader {
 public:
  BoundReader(std::unique_ptr<StoreReader> inner, const Filter& bound)
      : inner_(std::move(inner)), bound_(bound) {}

  Result<std::vector<Hit>> search(const SearchRequest& request) override {
    SearchRequest within = request;
    within.filter = both(request.filter, bound_);
    return inner_->search(within);
  }
  Result<std::vector<float>> score(std::span<const ChunkKey> keys, const SearchSignal& signal) override {
    return inner_->score(keys, signal);
  }
  Result<std::optional<double>> best_score(const SearchSignal& signal) override {
    return inner_->best_score(signal);
  }
  // None: they are words of any document of the store.
  Result<std::vector<WordGuess>> guesses(const LexicalSignal&) override { return std::vector<WordGuess>(); }
  Result<std::optional<ScoreSample>> sample(const SearchSignal& signal) override {
    return inner_->sample(signal);
  }
  Result<std::vector<Chunk>> chunks(std::span<const ChunkKey> keys) override { return inner_->chunks(keys); }
  Result<std::vector<std::vector<float>>> vectors(std::span<const ChunkKey> keys) override {
    return inner_->vectors(keys);
  }
  Result<std::vector<TokenVectors>> token_vectors(std::span<const ChunkKey> keys) override {
    return inner_->token_vectors(keys);
  }
  Result<std::optional<Chunk>> chunk_at(std::string_view document_id, std::uint32_t index) override {
    RAPPEL_ASSIGN(std::optional<Chunk> chunk, inner_->chunk_at(document_id, index));
    return visible(std::move(chunk), bound_);
  }
  std::optional<std::int64_t> commit() const override { return inner_->commit(); }

 private:
  const std::unique_ptr<StoreReader> inner_;
  const Filter bound_;
};

std::vector<std::string> ids_of(const std::vector<NewDocument>& documents) {
  std::vector<std::string> ids;
  for (const NewDocument& document : documents) ids.push_back(document.id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

WriteClaims::Claim::Claim(WriteClaims& claims, std::vector<std::string> ids)
    : claims_(claims), ids_(std::move(ids)) {
  std::unique_lock lock(claims_.mutex_);
  claims_.changed_.wait(lock, [&] {
    return std::none_of(ids_.begin(), ids_.end(),
                        [&](const std::string& id) { return claims_.ids_.contains(id); });
  });
  claims_.ids_.insert(ids_.begin(), ids_.end());
}

WriteClaims::Claim::~Claim() {
  const std::lock_guard lock(claims_.mutex_);
  for (const std::string& id : ids_) claims_.ids_.erase(id);
  claims_.changed_.notify_all();
}

BoundStore::BoundStore(DocumentStore& inner, Filter bound, std::shared_ptr<WriteClaims> claims)
    : inner_(inner), bound_(std::move(bound)), claims_(std::move(claims)) {}

Status BoundStore::check_ids(const std::vector<std::string>& ids) const {
  RAPPEL_ASSIGN(const std::vector<DocumentSummary> stored, inner_.get(ids));
  const bool foreign = std::any_of(stored.begin(), stored.end(), [&](const DocumentSummary& document) {
    return !matches(bound_, document.id, document.metadata);
  });
  if (!foreign) return {};
  return Status(Code::kUnauthenticated, "This token may not write a document of this id: use another id");
}

Status BoundStore::upsert(std::vector<NewDocument> documents) {
  for (NewDocument& document : documents) {
    RAPPEL_TRY(stamp(bound_, document.metadata));
    document.origin = nullptr;
  }
  const std::vector<std::string> ids = ids_of(documents);
  const WriteClaims::Claim claim(*claims_, ids);
  RAPPEL_TRY(check_ids(ids));
  return inner_.upsert(std::move(documents));
}

// In groups, because a filter has a bound of values, of which the token's own filter takes some.
Result<std::size_t> BoundStore::remove(std::span<const std::string> ids) {
  std::size_t removed = 0;
  while (!ids.empty()) {
    const auto group = ids.first(std::min(ids.size(), kMaxFilterValues / 2));
    ids = ids.subspan(group.size());
    const Filter named =
        Filter::any_of(kDocumentIdKey, std::vector<MetadataValue>(group.begin(), group.end()));
    RAPPEL_ASSIGN(const std::size_t count, inner_.remove(both(named, bound_)));
    removed += count;
  }
  return removed;
}

Result<std::size_t> BoundStore::remove(const Filter& filter) { return inner_.remove(both(filter, bound_)); }

Result<DocumentPage> BoundStore::list(const Filter& filter, std::size_t offset, std::size_t limit,
                                      const PageMeter& meter) {
  return inner_.list(both(filter, bound_), offset, limit, meter);
}

Result<std::vector<DocumentSummary>> BoundStore::get(std::span<const std::string> ids) {
  RAPPEL_ASSIGN(std::vector<DocumentSummary> documents, inner_.get(ids));
  std::erase_if(documents, [&](const DocumentSummary& document) {
    return !matches(bound_, document.id, document.metadata);
  });
  return documents;
}

Result<std::vector<FoundChunk>> BoundStore::search(const SearchRequest& request) {
  SearchRequest bounded = request;
  bounded.filter = both(request.filter, bound_);
  return inner_.search(bounded);
}

Result<std::optional<double>> BoundStore::best_score(const SearchSignal& signal) {
  return inner_.best_score(signal);
}

Result<std::optional<Chunk>> BoundStore::chunk_at(std::string_view document_id, std::uint32_t index) {
  RAPPEL_ASSIGN(std::optional<Chunk> chunk, inner_.chunk_at(document_id, index));
  return visible(std::move(chunk), bound_);
}

Result<StoreStats> BoundStore::stats() {
  RAPPEL_ASSIGN(const DocumentPage page, inner_.list(bound_, 0, 1));
  return StoreStats{.documents = page.total, .chunks = 0};
}

Result<std::unique_ptr<StoreReader>> BoundStore::snapshot() {
  RAPPEL_ASSIGN(std::unique_ptr<StoreReader> reader, inner_.snapshots()->snapshot());
  return std::unique_ptr<StoreReader>(std::make_unique<BoundReader>(std::move(reader), bound_));
}

Result<std::int64_t> BoundStore::commit() { return inner_.snapshots()->commit(); }

}  // namespace rappel
