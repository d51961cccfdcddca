#include "embed/local/query_cache.h"

namespace rappel {

bool QueryCache::find(std::string_view query, Embedding& embedding) {
  const auto it = by_query_.find(query);
  if (it == by_query_.end()) return false;
  entries_.splice(entries_.begin(), entries_, it->second);
  embedding = it->second->second;
  ++stats_.hits;
  return true;
}

QueryCache::Lookup QueryCache::find_or_claim(std::string_view query, Embedding& embedding) {
  std::lock_guard lock(mutex_);
  if (find(query, embedding)) return Lookup::kHit;
  if (capacity_ > 0 && !claimed_.emplace(query).second) return Lookup::kBusy;
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

void QueryCache::insert(std::string_view query, const Embedding& embedding) {
  if (capacity_ == 0) return;
  {
    std::lock_guard lock(mutex_);
    claimed_.erase(std::string(query));
    if (!by_query_.contains(query)) {
      if (entries_.size() == capacity_) {
        by_query_.erase(entries_.back().first);
        entries_.pop_back();
      }
      entries_.emplace_front(std::string(query), embedding);
      by_query_.emplace(entries_.front().first, entries_.begin());
    }
  }
  settled_.notify_all();
}

void QueryCache::abandon(std::string_view query) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (const auto it = claimed_.find(query); it != claimed_.end()) claimed_.erase(it);
  }
  settled_.notify_all();
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
  return stats;
}

}  // namespace rappel
