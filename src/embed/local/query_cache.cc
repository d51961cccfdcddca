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

bool QueryCache::look_up(std::string_view query, Embedding& embedding) {
  const auto it = by_query_.find(query);
  if (it == by_query_.end()) return false;
  embedding = it->second->second;
  entries_.splice(entries_.begin(), entries_, it->second);
  ++stats_.hits;
  return true;
}

QueryCache::Lookup QueryCache::find(std::string_view query, Embedding& embedding) {
  const std::lock_guard lock(mutex_);
  if (look_up(query, embedding)) return Lookup::kHit;
  ++stats_.misses;
  return Lookup::kClaimed;
}

QueryCache::Lookup QueryCache::find_or_claim(std::string_view query, FlowId flow, Embedding& embedding) {
  const std::lock_guard lock(mutex_);
  if (look_up(query, embedding)) return Lookup::kHit;
  if (keeps(query) && !claimed_.emplace(flow, query).second) return Lookup::kBusy;
  ++stats_.misses;
  return Lookup::kClaimed;
}

QueryCache::Lookup QueryCache::wait(std::string_view query, FlowId flow, Embedding& embedding,
                                    const std::stop_token& cancel) {
  const ClaimView claim(flow, query);
  std::unique_lock lock(mutex_);
  if (!settled_.wait(lock, cancel, [&] { return !claimed_.contains(claim); })) return Lookup::kBusy;
  if (look_up(query, embedding)) {
    ++stats_.coalesced;
    return Lookup::kHit;
  }
  claimed_.emplace(flow, query);
  ++stats_.misses;
  return Lookup::kClaimed;
}

void QueryCache::insert(std::string_view query, const Embedding& embedding) noexcept {
  if (!keeps(query) || bytes_of(query, embedding) > budget_.bytes) return;
  const std::lock_guard lock(mutex_);
  try {
    if (!by_query_.contains(query)) add(query, embedding);
  } catch (const std::bad_alloc&) {  // add() has left no trace
  }
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

void QueryCache::give_back(std::string_view query, FlowId flow) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = claimed_.find(ClaimView(flow, query)); it != claimed_.end()) claimed_.erase(it);
  }
  settled_.notify_all();
}

QueryClaims::QueryClaims(QueryCache& cache, std::span<const std::string> queries, FlowId flow)
    : cache_(cache), queries_(queries), flow_(flow) {
  std::size_t bytes = 0;
  for (const std::string& query : queries) bytes += query.size();
  claims_ = bytes <= kLongestCachedQuery;
  open_.reserve(queries.size());
}

QueryClaims::~QueryClaims() { give_back(); }

QueryCache::Lookup QueryClaims::find_or_claim(std::size_t i, Embedding& embedding) {
  const auto lookup =
      claims_ ? cache_.find_or_claim(queries_[i], flow_, embedding) : cache_.find(queries_[i], embedding);
  if (lookup == QueryCache::Lookup::kClaimed) open_.push_back(i);
  return lookup;
}

QueryCache::Lookup QueryClaims::wait(std::size_t i, Embedding& embedding, const std::stop_token& cancel) {
  const auto lookup = cache_.wait(queries_[i], flow_, embedding, cancel);
  if (lookup == QueryCache::Lookup::kClaimed) open_.push_back(i);
  return lookup;
}

void QueryClaims::settle(std::span<const Embedding> embeddings) {
  for (const std::size_t i : open_) cache_.insert(queries_[i], embeddings[i]);
  give_back();
}

void QueryClaims::give_back() noexcept {
  if (claims_)
    for (const std::size_t i : open_) cache_.give_back(queries_[i], flow_);
  open_.clear();
}

CacheStats QueryCache::stats() const {
  const std::lock_guard lock(mutex_);
  CacheStats stats = stats_;
  stats.entries = entries_.size();
  stats.bytes = bytes_;
  return stats;
}

}  // namespace rappel
