#include "embed/local/query_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "engine/test_allocations.h"

namespace rappel {
namespace {

using Lookup = QueryCache::Lookup;

constexpr FlowId kFlow = 1;

Embedding of(float number) {
  Embedding embedding;
  embedding.dense = {number};
  return embedding;
}

bool has(QueryCache& cache, const std::string& query) {
  Embedding embedding;
  return cache.find(query, embedding) == Lookup::kHit;
}

TEST(QueryCache, EvictsLeastRecentlyUsed) {
  QueryCache cache({.entries = 2});
  cache.insert("a", of(1));
  cache.insert("b", of(2));
  EXPECT_TRUE(has(cache, "a"));  // now "b" is the older one
  cache.insert("c", of(3));
  EXPECT_FALSE(has(cache, "b"));
  EXPECT_TRUE(has(cache, "a"));
  EXPECT_TRUE(has(cache, "c"));
  EXPECT_EQ(cache.stats().hits, 3u);
  EXPECT_EQ(cache.stats().misses, 1u);
  EXPECT_EQ(cache.stats().entries, 2u);
}

TEST(QueryCache, StaysWithinItsBytes) {
  Embedding large;
  large.dense.resize(256);
  QueryCache cache({.entries = 1'000'000, .bytes = 100'000});
  const auto query = [](int i) { return std::string(1000, 'q') + std::to_string(i); };
  for (int i = 0; i < 1000; ++i) cache.insert(query(i), large);
  EXPECT_LE(cache.stats().bytes, 100'000u);
  EXPECT_GT(cache.stats().bytes, 90'000u);
  EXPECT_EQ(cache.stats().entries, 43u);  // of 2283 bytes each
  EXPECT_TRUE(has(cache, query(999)));
  large.dense.resize(25'000);
  cache.insert("larger than the budget", large);
  EXPECT_FALSE(has(cache, "larger than the budget"));
  EXPECT_TRUE(has(cache, query(999))) << "evicted for an entry that does not fit";
  EXPECT_EQ(cache.stats().entries, 43u);
}

TEST(QueryCache, LongQueriesAreNeitherKeptNorClaimed) {
  QueryCache cache({});
  const std::string longest(kLongestCachedQuery, 'q'), longer(kLongestCachedQuery + 1, 'q');
  cache.insert(longest, of(1));
  cache.insert(longer, of(2));
  EXPECT_TRUE(has(cache, longest));
  Embedding embedding;
  EXPECT_EQ(cache.find_or_claim(longer, kFlow, embedding), Lookup::kClaimed);
  EXPECT_EQ(cache.find_or_claim(longer, kFlow, embedding), Lookup::kClaimed)
      << "nobody waits for a long query";
}

TEST(QueryCache, InsertWithoutMemoryKeepsNothing) {
  QueryCache cache({});
  cache.insert("a", of(1));
  Embedding embedding, large;
  large.dense.resize(1000);
  ASSERT_EQ(cache.find_or_claim("b", kFlow, embedding), Lookup::kClaimed);
  {
    const AllocationLimit limit(2000);
    cache.insert("b", large);
    cache.give_back("b", kFlow);
  }
  EXPECT_EQ(cache.find_or_claim("b", kFlow, embedding), Lookup::kClaimed) << "kept, or the claim is left";
  EXPECT_TRUE(has(cache, "a"));
  EXPECT_EQ(cache.stats().entries, 1u);
}

TEST(QueryCache, CapacityZeroKeepsNothing) {
  QueryCache cache({.entries = 0});
  Embedding embedding;
  EXPECT_EQ(cache.find_or_claim("a", kFlow, embedding), Lookup::kClaimed);
  EXPECT_EQ(cache.find_or_claim("a", kFlow, embedding), Lookup::kClaimed);
  cache.insert("a", of(1));
  EXPECT_EQ(cache.find_or_claim("a", kFlow, embedding), Lookup::kClaimed);
  EXPECT_EQ(cache.stats().entries, 0u);
}

TEST(QueryCache, ConcurrentEqualQueriesAreComputedOnce) {
  QueryCache cache({});
  std::atomic<int> computed{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&] {
      Embedding embedding;
      Lookup lookup = cache.find_or_claim("q", kFlow, embedding);
      if (lookup == Lookup::kBusy) lookup = cache.wait("q", kFlow, embedding, {});
      if (lookup == Lookup::kClaimed) {
        if (++computed > 1) cache.insert("q", of(7));  // the first one fails: it is another's turn
        cache.give_back("q", kFlow);
      } else {
        EXPECT_EQ(embedding, of(7));
      }
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(computed, 2);
}

TEST(QueryClaims, AreAbandonedUnlessSettled) {
  QueryCache cache({});
  const std::string queries[] = {"a", "b"};
  Embedding embedding;
  const auto lose = [&] {
    QueryClaims claims(cache, queries, kFlow);
    EXPECT_EQ(claims.find_or_claim(0, embedding), Lookup::kClaimed);
    EXPECT_EQ(claims.find_or_claim(1, embedding), Lookup::kClaimed);
    throw std::bad_alloc();
  };
  EXPECT_THROW(lose(), std::bad_alloc);
  {
    QueryClaims claims(cache, queries, kFlow);
    EXPECT_EQ(claims.find_or_claim(0, embedding), Lookup::kClaimed) << "nobody waits for a lost claim";
    EXPECT_EQ(claims.open().size(), 1u);
    claims.settle(std::vector<Embedding>{of(7), of(8)});
    EXPECT_TRUE(claims.open().empty());
  }
  EXPECT_EQ(cache.find_or_claim("a", kFlow, embedding), Lookup::kHit);
  EXPECT_EQ(embedding, of(7));
  EXPECT_EQ(cache.find_or_claim("b", kFlow, embedding), Lookup::kClaimed);
}

TEST(QueryCache, WaitingCallerCanBeCancelled) {
  QueryCache cache({});
  Embedding embedding;
  ASSERT_EQ(cache.find_or_claim("q", kFlow, embedding), Lookup::kClaimed);
  std::stop_source cancel;
  std::thread leaver([&] {
    Embedding ignored;
    EXPECT_EQ(cache.wait("q", kFlow, ignored, cancel.get_token()), Lookup::kBusy);
  });
  cancel.request_stop();
  leaver.join();
  EXPECT_EQ(cache.find_or_claim("q", kFlow, embedding), Lookup::kBusy)
      << "the claim is still the first caller's";
  cache.insert("q", of(7));
  cache.give_back("q", kFlow);
  EXPECT_EQ(cache.wait("q", kFlow, embedding, {}), Lookup::kHit);
}

// A flow that is served slowly does not slow down others that ask the same.
TEST(QueryCache, OtherFlowsDoNotWaitForAClaim) {
  QueryCache cache({});
  Embedding embedding;
  EXPECT_EQ(cache.find_or_claim("q", 1, embedding), Lookup::kClaimed);
  EXPECT_EQ(cache.find_or_claim("q", 1, embedding), Lookup::kBusy);
  EXPECT_EQ(cache.find_or_claim("q", 2, embedding), Lookup::kClaimed);
  cache.give_back("q", 1);
  EXPECT_EQ(cache.find_or_claim("q", 2, embedding), Lookup::kBusy) << "each gives back its own claim";
}

// Short queries of others would wait for all of it.
TEST(QueryClaims, LargeRequestClaimsNothing) {
  QueryCache cache({});
  const std::vector<std::string> queries(600, "the same");  // 4800 bytes
  Embedding embedding;
  QueryClaims claims(cache, queries, kFlow);
  EXPECT_EQ(claims.find_or_claim(0, embedding), Lookup::kClaimed);
  EXPECT_EQ(claims.find_or_claim(599, embedding), Lookup::kClaimed);
  EXPECT_EQ(cache.find_or_claim("the same", kFlow, embedding), Lookup::kClaimed);
  claims.settle(std::vector<Embedding>(600, of(7)));
  EXPECT_EQ(cache.find_or_claim("the same", kFlow, embedding), Lookup::kHit);
}

}  // namespace
}  // namespace rappel
