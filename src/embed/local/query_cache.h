// QueryCache: an LRU cache of query embeddings with single-flight: a query that several calls of a flow
// (base/call_context.h) ask at once is computed once. Flows do not wait for each other, because one may be
// served slowly. Thread-safe.
//
// It is bounded in entries and in bytes. A query longer than kLongestCachedQuery is neither kept nor claimed:
// it is rarely asked twice, and its text would take the place of many short ones.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/call_context.h"
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
  std::uint64_t coalesced = 0;  // hits that waited for another call's computation
  std::size_t entries = 0;
  std::size_t bytes = 0;  // queries, embeddings, and an estimate of the overhead
};

class QueryCache {
 public:
  enum class Lookup {
    kHit,      // `embedding` is filled; the query is now the most recently used
    kClaimed,  // this call computes it, then calls insert(), and give_back() in any case
    kBusy,     // another call of the flow computes it: give all claims back, then wait()
  };

  explicit QueryCache(const QueryCacheBudget& budget) : budget_(budget) {}

  // kHit, or kClaimed without a claim: nobody waits for this call, and it need not give anything back.
  Lookup find(std::string_view query, Embedding& embedding);
  // Never blocks, so a call may claim several queries. A query that is not kept is never kBusy.
  Lookup find_or_claim(std::string_view query, FlowId flow, Embedding& embedding);
  // Blocks while another call of the flow computes the query: kHit, kClaimed when that one gave up, or kBusy
  // when `cancel` came first. Must not be called while holding a claim (two calls could wait for each other).
  Lookup wait(std::string_view query, FlowId flow, Embedding& embedding, const std::stop_token& cancel);
  // Evicts the least recently used entries that exceed the budget. An embedding larger
  // than the budget is not kept, nor is one without memory: it is computed again next time.
  void insert(std::string_view query, const Embedding& embedding) noexcept;
  void give_back(std::string_view query, FlowId flow) noexcept;  // no effect without a claim
  CacheStats stats() const;

 private:
  using Claim = std::pair<FlowId, std::string>;
  using ClaimView = std::pair<FlowId, std::string_view>;
  struct Less {
    using is_transparent = void;
    bool operator()(const ClaimView& a, const ClaimView& b) const { return a < b; }
  };
  using Entry = std::pair<std::string, Embedding>;

  static std::size_t bytes_of(std::string_view query, const Embedding& embedding);
  bool keeps(std::string_view query) const {
    return budget_.entries > 0 && query.size() <= kLongestCachedQuery;
  }
  // These need the mutex.
  bool look_up(std::string_view query, Embedding& embedding);
  void add(std::string_view query, const Embedding& embedding);
  void evict_last();

  const QueryCacheBudget budget_;
  mutable std::mutex mutex_;
  std::condition_variable_any settled_;
  std::list<Entry> entries_;                                                   // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_query_;  // keys point into entries_
  std::set<Claim, Less> claimed_;
  std::size_t bytes_ = 0;  // of entries_
  CacheStats stats_;       // counters only
};

// The claims of one call for several queries. Claims go back at the end, also by an exception: a leaked one
// would make every later call for the query wait.
//
// Queries that have more than kLongestCachedQuery bytes together are looked up and kept one by one, but not
// claimed: a short query of another call should not wait for all of them.
class QueryClaims {
 public:
  // Cache and queries must outlive it.
  QueryClaims(QueryCache& cache, std::span<const std::string> queries, FlowId flow);
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
  void give_back() noexcept;

  QueryCache& cache_;
  std::span<const std::string> queries_;
  const FlowId flow_;
  bool claims_;  // false: these queries are too long together
  std::vector<std::size_t> open_;
};

}  // namespace rappel
