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

void QueryCache::abandon(std::string_view query) {
  {
    std::lock_guard lock(mutex_);
    claimed_.erase(std::string(query));
  }
  settled_.notify_all();
}

CacheStats QueryCache::stats() const {
  std::lock_guard lock(mutex_);
  CacheStats stats = stats_;
  stats.entries = entries_.size();
  return stats;
}

}  // namespace rappel
