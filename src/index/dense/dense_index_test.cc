#include "index/dense/dense_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "base/thread_pool.h"
#include "index/dense/test_vectors.h"

namespace rappel {
namespace {

// The truth: all vectors by row, compared one by one.
class Truth {
 public:
  explicit Truth(int dimension) : dimension_(static_cast<std::size_t>(dimension)) {}
  void add(std::span<const std::int64_t> rows, std::span<const float> vectors) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows_[rows[i]].assign(vectors.begin() + static_cast<std::ptrdiff_t>(i * dimension_),
                            vectors.begin() + static_cast<std::ptrdiff_t>((i + 1) * dimension_));
  }
  void remove(RowRange range) {
    rows_.erase(rows_.lower_bound(range.first), rows_.lower_bound(range.first + range.count));
  }
  std::size_t size() const { return rows_.size(); }
  std::vector<std::int64_t> rows() const {
    std::vector<std::int64_t> rows;
    for (const auto& [row, vector] : rows_) rows.push_back(row);
    return rows;
  }
  std::vector<RowScore> search(std::span<const float> query, std::size_t k,
                               const std::vector<RowRange>* ranges = nullptr) const {
    std::vector<RowScore> found;
    for (const auto& [row, vector] : rows_)
      if (ranges == nullptr || std::any_of(ranges->begin(), ranges->end(), [&](const RowRange& range) {
            return row >= range.first && row < range.first + range.count;
          }))
        found.push_back({row, static_cast<float>(dot_of(vector, query))});
    std::sort(found.begin(), found.end(), [](const RowScore& a, const RowScore& b) { return better(a, b); });
    if (found.size() > k) found.resize(k);
    return found;
  }
  ExactScores exact(std::span<const float> query) const {
    return [this, query](std::span<RowScore> rows) -> Status {
      for (RowScore& row : rows) row.score = static_cast<float>(dot_of(rows_.at(row.row), query));
      return {};
    };
  }

 private:
  std::size_t dimension_;
  std::map<std::int64_t, std::vector<float>> rows_;
};

std::vector<std::int64_t> numbered(std::int64_t first, std::size_t count) {
  std::vector<std::int64_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = first + static_cast<std::int64_t>(i);
  return rows;
}

struct Case {
  Spectrum spectrum;
  int dimension;
  bool trained;
};

class DenseIndexSearch : public testing::TestWithParam<Case> {
 protected:
  static constexpr std::size_t kRows = 3000, kSegment = 1024;

  void SetUp() override {
    const auto [spectrum, dimension, trained] = GetParam();
    DenseIndexBuilder builder{DenseIndex(dimension, kSegment)};
    if (trained)
      builder.set_codec(std::make_shared<const DenseCodec>(
          DenseCodec::trained(dimension, make_vectors(spectrum, 1500, dimension, 1), 1500)));
    const std::vector<float> vectors = make_vectors(spectrum, kRows, dimension, 2);
    const std::vector<std::int64_t> rows = numbered(1, kRows);
    builder.append(rows, vectors);
    truth_.add(rows, vectors);
    index_ = std::move(builder).finish();
    queries_ = make_vectors(spectrum, kQueries, dimension, 3);
  }
  std::span<const float> query(std::size_t i) const {
    const auto d = static_cast<std::size_t>(GetParam().dimension);
    return std::span<const float>(queries_).subspan(i * d, d);
  }
  // Share of the true rows that are found; checks that answers are full, sorted and exact.
  double recall(std::size_t k, const std::vector<RowRange>* ranges = nullptr,
                ThreadPool* pool = nullptr) const {
    std::size_t hits = 0, of = 0;
    const std::span<const RowRange> span = ranges == nullptr ? std::span<const RowRange>() : *ranges;
    for (std::size_t i = 0; i < kQueries; ++i) {
      const auto found =
          index_.search({query(i), k, ranges == nullptr ? nullptr : &span, pool}, truth_.exact(query(i)));
      EXPECT_TRUE(found.ok());
      const std::vector<RowScore> wanted = truth_.search(query(i), k, ranges);
      EXPECT_EQ(found->size(), wanted.size());
      EXPECT_TRUE(std::is_sorted(found->begin(), found->end(),
                                 [](const RowScore& a, const RowScore& b) { return better(a, b); }));
      of += wanted.size();
      for (const RowScore& row : wanted) hits += std::count(found->begin(), found->end(), row);
    }
    return of == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(of);
  }

  static constexpr std::size_t kQueries = 8;
  Truth truth_{GetParam().dimension};
  DenseIndex index_{GetParam().dimension, kSegment};
  std::vector<float> queries_;
};

TEST_P(DenseIndexSearch, FindsTheNearestRows) {
  ThreadPool pool(3);
  for (const std::size_t k : {1, 10, 100}) {
    EXPECT_GE(recall(k), 0.99) << "k " << k;
    EXPECT_GE(recall(k, nullptr, &pool), 0.99) << "k " << k << ", several threads";
  }
}

// The error of the estimate of a row for itself is not that for other rows.
TEST(DenseIndex, CopiesDoNotCountForTheErrorOfEstimates) {
  constexpr int kDimension = 640;
  constexpr std::size_t kDistinct = 64, kCopies = 64;
  const auto codec = std::make_shared<const DenseCodec>(
      DenseCodec::trained(kDimension, make_vectors(Spectrum::kUniform, 2000, kDimension, 1), 2000));
  const auto error_of = [&](std::span<const float> vectors) {
    DenseIndexBuilder builder{DenseIndex(kDimension)};
    builder.set_codec(codec);
    builder.append(numbered(1, vectors.size() / kDimension), vectors);
    return std::move(builder).finish().segments().front().error;
  };
  const std::vector<float> distinct = make_vectors(Spectrum::kUniform, kDistinct * kCopies, kDimension, 2);
  std::vector<float> copied;
  for (std::size_t copy = 0; copy < kCopies; ++copy)
    copied.insert(copied.end(), distinct.begin(), distinct.begin() + kDistinct * kDimension);
  // With the copies it was five times as large.
  EXPECT_NEAR(error_of(copied) / error_of(distinct), 1, 0.6);
}

// Random vectors are the hardest: many estimates lie near the bar.
TEST(DenseIndex, AnswersDoNotDependOnThreads) {
  constexpr int kDimension = 512;
  constexpr std::size_t kRows = 6000, kSegment = 512;
  DenseIndexBuilder builder{DenseIndex(kDimension, kSegment)};
  builder.set_codec(std::make_shared<const DenseCodec>(
      DenseCodec::trained(kDimension, make_vectors(Spectrum::kUniform, 1500, kDimension, 1), 1500)));
  const std::vector<float> vectors = make_vectors(Spectrum::kUniform, kRows, kDimension, 2);
  builder.append(numbered(1, kRows), vectors);
  const DenseIndex index = std::move(builder).finish();
  ASSERT_GT(index.bytes(), std::size_t{1} << 20) << "a smaller one is searched on one thread";
  Truth truth(kDimension);
  truth.add(numbered(1, kRows), vectors);
  ThreadPool pool(4);
  for (unsigned seed = 3; seed < 6; ++seed) {
    const std::vector<float> query = make_vectors(Spectrum::kUniform, 1, kDimension, seed);
    DenseTrace alone, together;
    const auto one = index.search({query, 10, nullptr, nullptr, &alone}, truth.exact(query));
    const auto many = index.search({query, 10, nullptr, &pool, &together}, truth.exact(query));
    ASSERT_TRUE(one.ok() && many.ok());
    EXPECT_EQ(*one, *many);
    EXPECT_EQ(alone.rescored, together.rescored);
  }
}

TEST_P(DenseIndexSearch, FindsTheNearestRowsUnderAnyFilter) {
  std::mt19937 random(5);
  for (const std::size_t every : {2, 10, 100, 3000}) {
    std::vector<RowRange> ranges;
    for (std::int64_t row = 1; row <= static_cast<std::int64_t>(kRows); ++row)
      if (random() % every == 0 || row == 1500) ranges.push_back({row, 1});
    EXPECT_GE(recall(10, &ranges), 0.99) << "one of " << every;
  }
  const std::vector<RowRange> nothing = {{100'000, 5}};
  EXPECT_EQ(recall(10, &nothing), 1);
}

TEST_P(DenseIndexSearch, AsksForMoreRowsThanThereAre) {
  const auto found = index_.search({query(0), 2 * kRows, nullptr, nullptr}, truth_.exact(query(0)));
  EXPECT_EQ(found->size(), kRows);
  EXPECT_TRUE(index_.search({query(0), 0, nullptr, nullptr}, truth_.exact(query(0)))->empty());
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, DenseIndexSearch,
    testing::Values(Case{Spectrum::kClustered, 384, true}, Case{Spectrum::kClustered, 768, true},
                    Case{Spectrum::kUniform, 384, true}, Case{Spectrum::kUniform, 600, true},
                    Case{Spectrum::kDominated, 384, true}, Case{Spectrum::kClustered, 384, false},
                    Case{Spectrum::kUniform, 33, false}, Case{Spectrum::kClustered, 5, true}));

TEST(DenseIndex, EqualVectorsAreOrderedByRow) {
  DenseIndexBuilder builder{DenseIndex(64)};
  const std::vector<float> one = make_vectors(Spectrum::kUniform, 1, 64, 1);
  std::vector<float> vectors;
  for (int i = 0; i < 3000; ++i) vectors.insert(vectors.end(), one.begin(), one.end());
  builder.append(numbered(1, 3000), vectors);
  const DenseIndex index = std::move(builder).finish();
  const auto found = index.search({one, 10, nullptr, nullptr}, [](std::span<RowScore> rows) -> Status {
    for (RowScore& row : rows) row.score = 1;
    return {};
  });
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ((*found)[i].row, static_cast<std::int64_t>(i + 1));
}

TEST(DenseIndex, FailsAsTheExactScoresDo) {
  DenseIndexBuilder builder{DenseIndex(64)};
  builder.append(numbered(1, 100), make_vectors(Spectrum::kUniform, 100, 64, 1));
  const DenseIndex index = std::move(builder).finish();
  const std::vector<float> query = make_vectors(Spectrum::kUniform, 1, 64, 2);
  const auto found = index.search({query, 10, nullptr, nullptr},
                                  [](std::span<RowScore>) { return Status(Code::kCorrupt, "damaged"); });
  EXPECT_EQ(found.status().code(), Code::kCorrupt);
}

// Random changes, with a change of codec, against the truth.
TEST(DenseIndex, FollowsChanges) {
  constexpr int kDimension = 64;
  std::mt19937 random(11);
  DenseIndex index(kDimension, 512);
  Truth truth(kDimension);
  std::int64_t next = 1;
  for (int step = 0; step < 120; ++step) {
    DenseIndexBuilder builder(index);
    if (step == 40)
      builder.set_codec(std::make_shared<const DenseCodec>(
          DenseCodec::trained(kDimension, make_vectors(Spectrum::kClustered, 1000, kDimension, 1), 1000)));
    const std::size_t count = random() % 150;
    const std::vector<float> vectors = make_vectors(Spectrum::kClustered, count, kDimension, random());
    builder.append(numbered(next, count), vectors);
    truth.add(numbered(next, count), vectors);
    next += static_cast<std::int64_t>(count);
    for (int i = 0; i < 3; ++i) {
      const RowRange range{1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(next)),
                           static_cast<std::int64_t>(random() % 60)};
      builder.remove(range);
      truth.remove(range);
    }
    if (step % 30 == 29) {
      const std::vector<RowRange> kept = {{next / 4, next / 8}, {next / 2, next}};
      builder.retain_only(kept);
      truth.remove({0, next / 4});
      truth.remove({next / 4 + next / 8, next / 2 - next / 4 - next / 8});
    }
    index = std::move(builder).finish();
    ASSERT_EQ(index.rows(), truth.rows()) << "step " << step;
    ASSERT_EQ(index.size(), truth.size());
    const std::vector<float> query = make_vectors(Spectrum::kClustered, 1, kDimension, random());
    const auto found = index.search({query, 5, nullptr, nullptr}, truth.exact(query));
    EXPECT_EQ(*found, truth.search(query, 5)) << "step " << step;
  }
}

TEST(DenseIndex, MemoryComesBackAfterRemovals) {
  constexpr std::size_t kBatch = 512;
  DenseIndex index(64, 512);
  std::size_t full = 0;
  for (std::int64_t round = 0; round < 10; ++round) {
    DenseIndexBuilder builder(index);
    const std::int64_t first = 1 + round * static_cast<std::int64_t>(4 * kBatch);
    builder.append(numbered(first, 4 * kBatch), make_vectors(Spectrum::kUniform, 4 * kBatch, 64, 3));
    if (round > 0) {  // two of three rows of the round before, then all of it
      for (std::int64_t row = first - static_cast<std::int64_t>(4 * kBatch); row < first; row += 3)
        builder.remove({row, 2});
    }
    if (round > 1) builder.remove({1, first - static_cast<std::int64_t>(4 * kBatch) - 1});
    index = std::move(builder).finish();
    if (round == 2) full = index.bytes();
    if (round > 2) {
      EXPECT_LE(index.bytes(), full + full / 10) << "round " << round;
    }
  }
}

// A third of the rows is replaced, again and again.
TEST(DenseIndex, MemoryStaysFlatUnderChurn) {
  constexpr std::int64_t kRows = 30'000, kThird = kRows / 3, kBatch = 500;
  DenseIndex index(8);
  std::int64_t next = 1;
  const auto add = [&](std::int64_t rows) {
    for (std::int64_t done = 0; done < rows; done += kBatch, next += kBatch) {
      DenseIndexBuilder builder(index);
      builder.append(numbered(next, kBatch), make_vectors(Spectrum::kUniform, kBatch, 8, 3));
      if (next > kRows) builder.remove({next - kRows, kBatch});
      index = std::move(builder).finish();
    }
  };
  add(kRows);
  const std::size_t full = index.bytes();
  for (int round = 0; round < 10; ++round) {
    add(kThird);
    EXPECT_EQ(index.size(), static_cast<std::size_t>(kRows));
    EXPECT_LE(index.bytes(), full + full / 8) << "round " << round;
  }
}

TEST(DenseIndex, ReadersKeepTheirVersion) {
  constexpr int kDimension = 64;
  std::mutex mutex;
  std::shared_ptr<Truth> truth = std::make_shared<Truth>(kDimension);
  DenseIndex index(kDimension, 256);
  std::atomic<bool> done{false};
  const auto read = [&](std::uint32_t seed) {
    std::mt19937 random(seed);
    do {
      std::shared_ptr<Truth> expected;
      DenseIndex seen(kDimension, 256);
      {
        std::lock_guard lock(mutex);
        expected = truth;
        seen = index;
      }
      const std::vector<float> query = make_vectors(Spectrum::kClustered, 1, kDimension, random());
      EXPECT_EQ(*seen.search({query, 5, nullptr, nullptr}, expected->exact(query)),
                expected->search(query, 5));
    } while (!done);
  };
  std::vector<std::thread> readers;
  for (std::uint32_t i = 0; i < 3; ++i) readers.emplace_back(read, i);
  std::int64_t next = 1;
  std::mt19937 random(1);
  for (int step = 0; step < 60; ++step) {
    const std::size_t count = 1 + random() % 60;
    const std::vector<float> vectors = make_vectors(Spectrum::kClustered, count, kDimension, random());
    DenseIndexBuilder builder(index);
    if (step == 20)
      builder.set_codec(std::make_shared<const DenseCodec>(
          DenseCodec::trained(kDimension, make_vectors(Spectrum::kClustered, 500, kDimension, 1), 500)));
    auto changed = std::make_shared<Truth>(*truth);
    builder.append(numbered(next, count), vectors);
    changed->add(numbered(next, count), vectors);
    next += static_cast<std::int64_t>(count);
    const RowRange range{1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(next)), 20};
    builder.remove(range);
    changed->remove(range);
    DenseIndex newer = std::move(builder).finish();
    std::lock_guard lock(mutex);
    truth = std::move(changed);
    index = std::move(newer);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace rappel
