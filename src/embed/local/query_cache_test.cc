#include "embed/local/query_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

namespace rappel {
namespace {

using Lookup = QueryCache::Lookup;

Embedding of(float number) {
  Embedding embedding;
  embedding.dense = {number};
  return embedding;
}

bool has(QueryCache& cache, const char* query) {
  Embedding embedding;
  const bool hit = cache.find_or_claim(query, embedding) == Lookup::kHit;
  if (!hit) cache.abandon(query);
  return hit;
}

TEST(QueryCache, EvictsLeastRecentlyUsed) {
  QueryCache cache(2);
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

TEST(QueryCache, CapacityZeroKeepsNothing) {
  QueryCache cache(0);
  Embedding embedding;
  EXPECT_EQ(cache.find_or_claim("a", embedding), Lookup::kClaimed);
  EXPECT_EQ(cache.find_or_claim("a", embedding), Lookup::kClaimed);
  cache.insert("a", of(1));
  EXPECT_EQ(cache.find_or_claim("a", embedding), Lookup::kClaimed);
  EXPECT_EQ(cache.stats().entries, 0u);
}

TEST(QueryCache, ConcurrentEqualQueriesAreComputedOnce) {
  QueryCache cache(10);
  std::atomic<int> computed{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&] {
      Embedding embedding;
      Lookup lookup = cache.find_or_claim("q", embedding);
      if (lookup == Lookup::kBusy) lookup = cache.wait("q", embedding, {});
      if (lookup == Lookup::kClaimed) {
        if (++computed == 1) return cache.abandon("q");  // the first one fails: it is another's turn
        cache.insert("q", of(7));
      } else {
        EXPECT_EQ(embedding, of(7));
      }
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(computed, 2);
}

TEST(QueryClaims, AreAbandonedUnlessSettled) {
  QueryCache cache(10);
  const std::string queries[] = {"a", "b"};
  Embedding embedding;
  const auto lose = [&] {
    QueryClaims claims(cache, queries);
    EXPECT_EQ(claims.find_or_claim(0, embedding), Lookup::kClaimed);
    EXPECT_EQ(claims.find_or_claim(1, embedding), Lookup::kClaimed);
    throw std::bad_alloc();
  };
  EXPECT_THROW(lose(), std::bad_alloc);
  {
    QueryClaims claims(cache, queries);
    EXPECT_EQ(claims.find_or_claim(0, embedding), Lookup::kClaimed) << "nobody waits for a lost claim";
    EXPECT_EQ(claims.open().size(), 1u);
    claims.settle(std::vector<Embedding>{of(7), of(8)});
    EXPECT_TRUE(claims.open().empty());
  }
  EXPECT_EQ(cache.find_or_claim("a", embedding), Lookup::kHit);
  EXPECT_EQ(embedding, of(7));
  EXPECT_EQ(cache.find_or_claim("b", embedding), Lookup::kClaimed);
}

TEST(QueryCache, WaitingCallerCanBeCancelled) {
  QueryCache cache(10);
  Embedding embedding;
  ASSERT_EQ(cache.find_or_claim("q", embedding), Lookup::kClaimed);
  std::stop_source cancel;
  std::thread leaver([&] {
    Embedding ignored;
    EXPECT_EQ(cache.wait("q", ignored, cancel.get_token()), Lookup::kBusy);
  });
  cancel.request_stop();
  leaver.join();
  EXPECT_EQ(cache.find_or_claim("q", embedding), Lookup::kBusy) << "the claim is still the first caller's";
  cache.insert("q", of(7));
  EXPECT_EQ(cache.wait("q", embedding, {}), Lookup::kHit);
}

}  // namespace
}  // namespace rappel
