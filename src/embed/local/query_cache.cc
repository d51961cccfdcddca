#include "embed/local/query_cache.h"

#include <new>

namespace rappel {
namespace {

// Memory of an entry beside its text and its numbers: the nodes of list and map, a hash bucket, and the
// allocator's share of four blocks.
constexpr std::size_t kEntryOverhead = 256;

template <class T>
std::size_t bytes_in(const std::vector<T>& list) {
  return list.size() * sizeof(T);
}

}  // namespace

std::size_t QueryCache::bytes_of(std::string_view query, const Embedding& embedding) {
  return kEntryOverhead + query.size() + bytes_in(embedding.input_ids) + bytes_in(embedding.dense) +
         bytes_in(embedding.sparse) + bytes_in(embedding.colbert);
}

bool QueryCache::find(std::string_view query, Embedding& embedding) {
  const auto it = by_query_.find(query);
  if (it == by_query_.end()) return false;
  embedding = it->second->second;
  entries_.splice(entries_.begin(), entries_, it->second);
  ++stats_.hits;
  return true;
}

QueryCache::Lookup QueryCache::find_or_claim(std::string_view query, Embedding& embedding) {
  std::lock_guard lock(mutex_);
  if (find(query, embedding)) return Lookup::kHit;
  if (keeps(query) && !claimed_.emplace(query).second) return Lookup::kBusy;
  ++stats_.misses;
  return Lookup::kClaimed;
}

QueryCache::Lookup QueryCache::wait(std::string_view query, Embedding& embedding,
                                    const std::stop_token& cancel) {
  const std::string key(query);
  std::unique_lock lock(mutex_);
  if (!settled_.wait(lock, cancel, [&] { return !claimed_.contains(key); })) return Lookup::kBusy;
  if (find(query, embedding)) {
    ++stats_.coalesced;
    return Lookup::kHit;
  }
  claimed_.insert(key);
  ++stats_.misses;
  return Lookup::kClaimed;
}

void QueryCache::insert(std::string_view query, const Embedding& embedding) noexcept {
  if (!keeps(query)) return;
  {
    std::lock_guard lock(mutex_);
    release(query);
    try {
      if (bytes_of(query, embedding) <= budget_.bytes && !by_query_.contains(query)) add(query, embedding);
    } catch (const std::bad_alloc&) {  // add() has left no trace
    }
  }
  settled_.notify_all();
}

// An exception leaves the cache without the query.
void QueryCache::add(std::string_view query, const Embedding& embedding) {
  std::list<Entry> fresh;
  fresh.emplace_back(query, embedding);
  const std::size_t bytes = bytes_of(query, embedding);
  while (!entries_.empty() && (entries_.size() >= budget_.entries || bytes_ + bytes > budget_.bytes))
    evict_last();
  by_query_.emplace(fresh.front().first, fresh.begin());
  entries_.splice(entries_.begin(), fresh);
  bytes_ += bytes;
}

void QueryCache::evict_last() {
  const auto& [query, embedding] = entries_.back();
  bytes_ -= bytes_of(query, embedding);
  by_query_.erase(query);
  entries_.pop_back();
}

void QueryCache::abandon(std::string_view query) noexcept {
  {
    std::lock_guard lock(mutex_);
    release(query);
  }
  settled_.notify_all();
}

void QueryCache::release(std::string_view query) noexcept {
  if (const auto it = claimed_.find(query); it != claimed_.end()) claimed_.erase(it);
}

QueryClaims::QueryClaims(QueryCache& cache, std::span<const std::string> queries)
    : cache_(cache), queries_(queries) {
  open_.reserve(queries.size());
}

QueryClaims::~QueryClaims() {
  for (const std::size_t i : open_) cache_.abandon(queries_[i]);
}

QueryCache::Lookup QueryClaims::find_or_claim(std::size_t i, Embedding& embedding) {
  const auto lookup = cache_.find_or_claim(queries_[i], embedding);
  if (lookup == QueryCache::Lookup::kClaimed) open_.push_back(i);
  return lookup;
}

QueryCache::Lookup QueryClaims::wait(std::size_t i, Embedding& embedding, const std::stop_token& cancel) {
  const auto lookup = cache_.wait(queries_[i], embedding, cancel);
  if (lookup == QueryCache::Lookup::kClaimed) open_.push_back(i);
  return lookup;
}

void QueryClaims::settle(std::span<const Embedding> embeddings) {
  for (const std::size_t i : open_) cache_.insert(queries_[i], embeddings[i]);
  open_.clear();
}

CacheStats QueryCache::stats() const {
  std::lock_guard lock(mutex_);
  CacheStats stats = stats_;
  stats.entries = entries_.size();
  stats.bytes = bytes_;
  return stats;
}

}  // namespace rappel
