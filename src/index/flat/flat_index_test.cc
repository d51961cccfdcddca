#include "index/flat/flat_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "base/thread_pool.h"

namespace rappel {
namespace {

using Rows = std::map<std::int64_t, std::vector<float>>;

std::vector<float> random_unit(std::mt19937& random, int dimension) {
  std::normal_distribution<float> normal;
  std::vector<float> v(static_cast<std::size_t>(dimension));
  double norm = 0;
  for (float& x : v) {
    x = normal(random);
    norm += double(x) * x;
  }
  for (float& x : v) x = static_cast<float>(x / std::sqrt(norm));
  return v;
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double(a[i]) * b[i];
  return sum;
}

// Compares with brute force in double: the right rows by exact score, best first, up to float rounding
// between neighbours.
void expect_best(const std::vector<RowScore>& got, const Rows& rows, std::span<const float> query,
                 std::size_t k) {
  std::vector<std::pair<double, std::int64_t>> exact;
  for (const auto& [row, vector] : rows) exact.emplace_back(-dot(vector, query), row);
  std::sort(exact.begin(), exact.end());
  ASSERT_EQ(got.size(), std::min(k, rows.size()));
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_TRUE(rows.contains(got[i].row));
    EXPECT_NEAR(got[i].score, dot(rows.at(got[i].row), query), 2e-6);
    EXPECT_NEAR(got[i].score, -exact[i].first, 2e-6) << "place " << i;
    if (i > 0) {
      EXPECT_TRUE(got[i - 1].score > got[i].score ||
                  (got[i - 1].score == got[i].score && got[i - 1].row < got[i].row));
    }
  }
}

Rows within(const Rows& rows, std::span<const RowRange> ranges) {
  Rows result;
  for (const auto& [row, vector] : rows)
    for (const RowRange& r : ranges)
      if (row >= r.first && row < r.first + r.count) result.emplace(row, vector);
  return result;
}

TEST(FlatIndex, EmptyAndTiny) {
  FlatIndex index(3);
  const std::vector<float> query{1, 0, 0};
  EXPECT_TRUE(index.search(query, 5).empty());
  FlatIndexBuilder builder(index);
  builder.append(7, std::vector<float>{0, 1, 0});
  builder.append(9, std::vector<float>{1, 0, 0});
  index = std::move(builder).finish();
  EXPECT_EQ(index.search(query, 1), (std::vector<RowScore>{{9, 1.0f}}));
  EXPECT_EQ(index.search(query, SIZE_MAX), (std::vector<RowScore>{{9, 1.0f}, {7, 0.0f}}));
  EXPECT_TRUE(index.search(query, 0).empty());
}

TEST(FlatIndex, EqualScoresAreOrderedByRow) {
  FlatIndexBuilder builder{FlatIndex(2, 4)};
  for (int row = 1; row <= 20; ++row) builder.append(row, std::vector<float>{row % 2 ? 1.0f : 0.0f, 0});
  const FlatIndex index = std::move(builder).finish();
  ThreadPool pool(3);
  for (ThreadPool* p : {static_cast<ThreadPool*>(nullptr), &pool}) {
    const auto hits = index.search(std::vector<float>{1, 0}, 12, p);
    std::vector<std::int64_t> rows;
    for (const auto& hit : hits) rows.push_back(hit.row);
    EXPECT_EQ(rows, (std::vector<std::int64_t>{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 2, 4}));
  }
}

class FlatIndexDimensions : public testing::TestWithParam<int> {};

TEST_P(FlatIndexDimensions, MatchesBruteForceInDouble) {
  const int dimension = GetParam();
  std::mt19937 random(static_cast<unsigned>(dimension));
  Rows rows;
  FlatIndexBuilder builder{FlatIndex(dimension)};
  const std::int64_t count = dimension >= 384 ? 20000 : 3000;
  for (std::int64_t row = 1; row <= count; ++row) {
    const auto vector = random_unit(random, dimension);
    builder.append(row * 3, vector);
    rows.emplace(row * 3, vector);
  }
  const FlatIndex index = std::move(builder).finish();
  ThreadPool pool(2);
  for (int i = 0; i < 3; ++i) {
    const auto query = random_unit(random, dimension);
    const auto got = index.search(query, 50);
    expect_best(got, rows, query, 50);
    EXPECT_EQ(index.search(query, 50, &pool), got);
    const RowRange ranges[] = {{-10, 20}, {300, 1}, {301, 1000}, {2000, 4000}, {50000, 1 << 20}};
    const auto some = index.search_within(query, 50, ranges);
    expect_best(some, within(rows, ranges), query, 50);
    EXPECT_EQ(index.search_within(query, 50, ranges, &pool), some);
  }
}

INSTANTIATE_TEST_SUITE_P(All, FlatIndexDimensions, testing::Values(1, 3, 16, 17, 100, 384, 1024));

// Random changes against a plain map; every version that is still held keeps its results.
TEST(FlatIndex, VersionsUnderRandomChanges) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const int dimension = 5;
    Rows rows;
    FlatIndex index(dimension, 8);
    std::vector<std::pair<FlatIndex, Rows>> held;
    std::int64_t next = 1;
    for (int step = 0; step < 60; ++step) {
      FlatIndexBuilder builder(index);
      for (unsigned n = random() % 30; n > 0; --n, next += 1 + random() % 2) {
        const auto vector = random_unit(random, dimension);
        builder.append(next, vector);
        rows.emplace(next, vector);
      }
      for (unsigned n = random() % 4; n > 0; --n) {
        const RowRange range{static_cast<std::int64_t>(random() % static_cast<unsigned>(next)),
                             static_cast<std::int64_t>(random() % 20)};
        builder.remove(range);
        rows.erase(rows.lower_bound(range.first), rows.lower_bound(range.first + range.count));
      }
      if (random() % 10 == 0) {
        const std::int64_t half = next / 2;
        const RowRange keep[] = {{0, half / 2}, {half, 7}, {half + 9, half}};
        builder.retain_only(keep);
        rows = within(rows, keep);
      }
      index = std::move(builder).finish();
      if (random() % 3 == 0) held.emplace_back(index, rows);
      ASSERT_EQ(index.size(), rows.size());
    }
    held.emplace_back(index, rows);
    for (const auto& [version, expected] : held) {
      const auto query = random_unit(random, dimension);
      expect_best(version.search(query, 10), expected, query, 10);
      std::vector<std::int64_t> expected_rows;
      for (const auto& [row, vector] : expected) {
        expected_rows.push_back(row);
        const RowRange only[] = {{row, 1}};
        const auto kept = version.search_within(vector, 2, only);
        ASSERT_EQ(kept.size(), 1u);
        EXPECT_NEAR(kept[0].score, 1.0f, 1e-5f) << "another vector was kept for row " << row;
      }
      EXPECT_EQ(version.rows(), expected_rows);
    }
  }
}

TEST(FlatIndex, SearchWhileNewVersionsAreBuilt) {
  const int dimension = 16;
  std::mutex mutex;
  FlatIndex latest(dimension, 64);
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      while (!done.load()) {
        FlatIndex version(dimension);
        {
          std::lock_guard lock(mutex);
          version = latest;
        }
        const auto query = random_unit(random, dimension);
        EXPECT_EQ(version.search(query, 5).size(), std::min<std::size_t>(5, version.size()));
        EXPECT_EQ(version.rows().size(), version.size());
      }
    });
  }
  std::mt19937 random(99);
  std::int64_t row = 0;
  for (int step = 0; step < 300; ++step) {
    FlatIndexBuilder builder(latest);
    for (int n = 0; n < 10; ++n) builder.append(++row, random_unit(random, dimension));
    if (row > 200) builder.remove({row - 200, 9});
    FlatIndex next = std::move(builder).finish();
    std::lock_guard lock(mutex);
    latest = std::move(next);
  }
  done = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace rappel
