#include "index/postings/postings_index.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "index/postings/test_postings.h"

namespace rappel {
namespace {

constexpr std::uint32_t kTerms = 50;

std::vector<RowScore> search(const PostingsIndex& index, std::span<const WeightedTerm> query, std::size_t k) {
  return index.search({.query = query, .k = k});
}

void append(PostingsIndexBuilder& builder, PostingsTwin& twin, std::int64_t row, std::mt19937& random) {
  const auto entries = random_entries(random, kTerms);
  builder.append(row, entries);
  twin.add(row, entries);
}

void expect_sound(const PostingsIndex& index) {
  for (const BlockPart& part : index.blocks()) {
    EXPECT_TRUE(part.block->check().ok()) << part.block->check().to_string();
    EXPECT_TRUE(part.block->check_postings().ok()) << part.block->check_postings().to_string();
  }
}

// Random changes against the twin.
TEST(PostingsIndex, FollowsChanges) {
  std::mt19937 random(11);
  PostingsIndex index(512);
  PostingsTwin twin;
  std::int64_t next = 1;
  for (int step = 0; step < 120; ++step) {
    PostingsIndexBuilder builder(index);
    for (std::uint32_t i = random() % 150; i > 0; --i) append(builder, twin, next++, random);
    for (int i = 0; i < 3; ++i) {
      const RowRange range{static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(next)),
                           static_cast<std::int64_t>(random() % 60)};
      builder.remove(range);
      twin.remove(range);
    }
    if (step % 30 == 29) {
      const std::vector<RowRange> kept = {{next / 4, next / 8}, {next / 2, next}};
      builder.retain_only(kept);
      twin.remove({0, next / 4});
      twin.remove({next / 4 + next / 8, next / 2 - next / 4 - next / 8});
    }
    if (step % 2 == 0) append(builder, twin, next++, random);
    index = std::move(builder).finish();
    ASSERT_EQ(index.rows(), twin.rows()) << "step " << step;
    ASSERT_EQ(index.size(), twin.size());
    const std::vector<WeightedTerm> query = random_query(random, kTerms);
    EXPECT_EQ(search(index, query, 5), twin.search(query, 5)) << "step " << step;
    const std::vector<std::uint64_t> terms = {random() % kTerms, random() % kTerms, kTerms + 1};
    EXPECT_EQ(rows_of(index.rows_with_any(terms)), twin.rows_with_any(terms)) << "step " << step;
  }
  expect_sound(index);
}

TEST(PostingsIndex, HasFewBlocksHoweverRowsCome) {
  for (const std::int64_t batch : {1, 7, 300}) {
    PostingsIndex index(1024);
    std::mt19937 random(2);
    for (std::int64_t row = 0; row < 5000;) {
      PostingsIndexBuilder builder(index);
      for (std::int64_t i = 0; i < batch; ++i)
        builder.append(row++, std::vector<TermImpact>{{random() % 9, 1}});
      index = std::move(builder).finish();
      // Each of the newest blocks is less than half of the one before it, or that is full.
      const std::size_t full = index.size() / 512 + 1;
      EXPECT_LE(index.blocks().size(), full + 10) << "rows " << row;
    }
    expect_sound(index);
  }
}

TEST(PostingsIndex, MemoryComesBackAfterRemovals) {
  constexpr std::int64_t kBatch = 2000;
  PostingsIndex index(512);
  std::size_t full = 0;
  for (std::int64_t round = 0; round < 10; ++round) {
    PostingsIndexBuilder builder(index);
    std::mt19937 random(3);
    const std::int64_t first = 1 + round * kBatch;
    for (std::int64_t row = first; row < first + kBatch; ++row)
      builder.append(row, random_entries(random, kTerms));
    if (round > 0) {  // two of three rows of the round before, then all of it
      for (std::int64_t row = first - kBatch; row < first; row += 3) builder.remove({row, 2});
    }
    if (round > 1) builder.remove({1, first - kBatch - 1});
    index = std::move(builder).finish();
    if (round == 2) full = index.bytes();
    if (round > 2) {
      EXPECT_LE(index.bytes(), full + full / 10) << "round " << round;
    }
  }
}

TEST(PostingsIndex, CountsTheLiveRowsOfATerm) {
  constexpr std::uint64_t kFrequent = 1;  // an array, the others are lists
  PostingsIndexBuilder builder{PostingsIndex()};
  for (std::int64_t row = 0; row < 1000; ++row)
    builder.append(row,
                   std::vector<TermImpact>{{kFrequent, 1}, {static_cast<std::uint64_t>(2 + row % 10), 5}});
  PostingsIndex index = std::move(builder).finish();
  EXPECT_EQ(index.rows_with(kFrequent), 1000u);
  EXPECT_EQ(index.rows_with(2), 100u);
  EXPECT_EQ(index.rows_with(12), 0u);
  // Few removed rows stay in their block, more are left out when it is rewritten.
  for (const std::uint64_t removed : {30u, 130u, 230u, 330u}) {
    PostingsIndexBuilder next(index);
    next.remove({0, static_cast<std::int64_t>(removed)});
    index = std::move(next).finish();
    EXPECT_EQ(index.rows_with(kFrequent), 1000 - removed);
    EXPECT_EQ(index.rows_with(2), 100 - removed / 10);
  }
}

TEST(PostingsIndex, OldVersionsDoNotChange) {
  std::mt19937 random(5);
  PostingsTwin twin;
  PostingsIndexBuilder builder{PostingsIndex(256)};
  for (std::int64_t row = 0; row < 700; ++row) append(builder, twin, row, random);
  const PostingsIndex old = std::move(builder).finish();
  PostingsIndexBuilder next(old);
  next.remove({0, 650});
  next.append(700, random_entries(random, kTerms));
  const PostingsIndex newer = std::move(next).finish();
  EXPECT_EQ(old.rows(), twin.rows());
  EXPECT_EQ(newer.size(), 51u);
  const std::vector<WeightedTerm> query = random_query(random, kTerms);
  EXPECT_EQ(search(old, query, 50), twin.search(query, 50));
}

TEST(PostingsIndex, ReadersKeepTheirVersion) {
  struct Version {
    PostingsIndex index{256};
    PostingsTwin twin;
  };
  std::mutex mutex;
  auto version = std::make_shared<const Version>();
  std::atomic<bool> done{false};
  const auto read = [&](std::uint32_t seed) {
    std::mt19937 random(seed);
    do {
      std::shared_ptr<const Version> seen;
      {
        std::lock_guard lock(mutex);
        seen = version;
      }
      const std::vector<WeightedTerm> query = random_query(random, kTerms);
      EXPECT_EQ(search(seen->index, query, 5), seen->twin.search(query, 5));
    } while (!done);
  };
  std::vector<std::thread> readers;
  for (std::uint32_t i = 0; i < 3; ++i) readers.emplace_back(read, i);
  std::int64_t next = 1;
  std::mt19937 random(1);
  for (int step = 0; step < 60; ++step) {
    auto changed = std::make_shared<Version>(*version);
    PostingsIndexBuilder builder(changed->index);
    for (std::uint32_t i = 1 + random() % 60; i > 0; --i) append(builder, changed->twin, next++, random);
    const RowRange range{1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(next)), 20};
    builder.remove(range);
    changed->twin.remove(range);
    changed->index = std::move(builder).finish();
    std::lock_guard lock(mutex);
    version = std::move(changed);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace rappel
