#include "embed/query_cache.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

TEST(QueryCache, DropsTheLeastRecentlyUsed) {
  QueryCache cache(2);
  cache.insert("a", {1});
  cache.insert("b", {2});
  EXPECT_EQ(cache.find("a"), std::vector<float>{1});  // now "b" is the older one
  cache.insert("c", {3});
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_TRUE(cache.find("c"));
  EXPECT_EQ(cache.stats().hits, 3u);
  EXPECT_EQ(cache.stats().misses, 1u);
  EXPECT_EQ(cache.stats().entries, 2u);
}

TEST(QueryCache, CapacityZeroKeepsNothing) {
  QueryCache cache(0);
  cache.insert("a", {1});
  EXPECT_FALSE(cache.find("a"));
  EXPECT_EQ(cache.stats().entries, 0u);
}

}  // namespace
}  // namespace rappel
