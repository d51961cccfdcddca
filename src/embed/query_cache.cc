#include "embed/query_cache.h"

namespace rappel {

std::optional<std::vector<float>> QueryCache::find(std::string_view query) {
  std::lock_guard lock(mutex_);
  const auto it = by_query_.find(query);
  if (it == by_query_.end()) {
    ++stats_.misses;
    return std::nullopt;
  }
  ++stats_.hits;
  entries_.splice(entries_.begin(), entries_, it->second);
  return it->second->second;
}

void QueryCache::insert(std::string_view query, std::vector<float> vector) {
  if (capacity_ == 0) return;
  std::lock_guard lock(mutex_);
  if (by_query_.contains(query)) return;
  if (entries_.size() == capacity_) {
    by_query_.erase(entries_.back().first);
    entries_.pop_back();
  }
  entries_.emplace_front(std::string(query), std::move(vector));
  by_query_.emplace(entries_.front().first, entries_.begin());
}

CacheStats QueryCache::stats() const {
  std::lock_guard lock(mutex_);
  CacheStats stats = stats_;
  stats.entries = entries_.size();
  return stats;
}

}  // namespace rappel
