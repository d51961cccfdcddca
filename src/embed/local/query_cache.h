// QueryCache: an LRU cache of query embeddings with single-flight: a query that several callers ask at
// once is computed once. Thread-safe.
//
// It is bounded in entries and in bytes. A query longer than kLongestCachedQuery is neither kept nor claimed:
// it is rarely asked twice, and its text would take the place of many short ones.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "embed/embedding.h"

namespace rappel {

inline constexpr std::size_t kLongestCachedQuery = 4096;  // bytes

struct QueryCacheBudget {
  std::size_t entries = 2000;  // 0: keeps nothing, every lookup is kClaimed
  std::size_t bytes = std::size_t{32} << 20;
};

struct CacheStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t coalesced = 0;  // hits that waited for another caller's computation
  std::size_t entries = 0;
  std::size_t bytes = 0;  // queries, embeddings, and an estimate of the overhead
};

class QueryCache {
 public:
  enum class Lookup {
    kHit,      // `embedding` is filled; the query is now the most recently used
    kClaimed,  // this caller computes it, and must call insert() or abandon()
    kBusy,     // another caller computes it: settle all claims, then wait()
  };

  explicit QueryCache(const QueryCacheBudget& budget) : budget_(budget) {}

  // Never blocks, so a caller may claim several queries.
  Lookup find_or_claim(std::string_view query, Embedding& embedding);
  // Blocks while another caller computes the query: kHit, kClaimed when that one gave up, or kBusy when
  // `cancel` came first. Must not be called while holding a claim (two callers could wait for each other).
  Lookup wait(std::string_view query, Embedding& embedding, const std::stop_token& cancel);
  // Gives the claim back. Evicts the least recently used entries that exceed the budget. An embedding larger
  // than the budget is not kept, nor is one without memory: it is computed again next time.
  void insert(std::string_view query, const Embedding& embedding) noexcept;
  void abandon(std::string_view query) noexcept;
  CacheStats stats() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Entry = std::pair<std::string, Embedding>;

  static std::size_t bytes_of(std::string_view query, const Embedding& embedding);
  bool keeps(std::string_view query) const {
    return budget_.entries > 0 && query.size() <= kLongestCachedQuery;
  }
  // These need the mutex.
  bool find(std::string_view query, Embedding& embedding);
  void add(std::string_view query, const Embedding& embedding);
  void evict_last();
  void release(std::string_view query) noexcept;

  const QueryCacheBudget budget_;
  mutable std::mutex mutex_;
  std::condition_variable_any settled_;
  std::list<Entry> entries_;                                                   // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_query_;  // keys point into entries_
  std::unordered_set<std::string, Hash, std::equal_to<>> claimed_;
  std::size_t bytes_ = 0;  // of entries_
  CacheStats stats_;       // counters only
};

// The claims of one call for several queries. A claim that is not settled is abandoned at the end, also by an
// exception: a leaked one would make every later caller of the query wait.
class QueryClaims {
 public:
  // Both must outlive it.
  QueryClaims(QueryCache& cache, std::span<const std::string> queries);
  ~QueryClaims();
  QueryClaims(const QueryClaims&) = delete;
  QueryClaims& operator=(const QueryClaims&) = delete;

  // As the functions of QueryCache, for queries[i].
  QueryCache::Lookup find_or_claim(std::size_t i, Embedding& embedding);
  QueryCache::Lookup wait(std::size_t i, Embedding& embedding, const std::stop_token& cancel);
  // Numbers of the queries that this call has to compute.
  std::span<const std::size_t> open() const { return open_; }
  // Inserts embeddings[i] for each open i.
  void settle(std::span<const Embedding> embeddings);

 private:
  QueryCache& cache_;
  std::span<const std::string> queries_;
  std::vector<std::size_t> open_;
};

}  // namespace rappel
