#include <gtest/gtest.h>

#include "base/thread_pool.h"
#include "index/postings/postings_index.h"
#include "index/postings/test_postings.h"

namespace rappel {
namespace {

// Rows with gaps, in blocks of several windows and smaller ones, some of them removed.
class PostingsSearch : public testing::Test {
 protected:
  static constexpr std::uint32_t kTerms = 80;

  void SetUp() override {
    PostingsIndexBuilder builder{PostingsIndex(10'000)};
    std::int64_t row = 1;
    for (int i = 0; i < 16'000; ++i) {
      const auto entries = random_entries(random_, kTerms);
      builder.append(row, entries);
      twin_.add(row, entries);
      row += random_() % 50 == 0 ? 20 : 1;
    }
    last_ = row;
    for (int i = 0; i < 150; ++i) {
      const RowRange range{static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(last_)), 5};
      builder.remove(range);
      twin_.remove(range);
    }
    index_ = std::move(builder).finish();
    ASSERT_EQ(index_.rows(), twin_.rows());
  }

  void expect_equal(std::span<const WeightedTerm> query, std::size_t k,
                    const std::vector<RowRange>* ranges = nullptr) {
    const std::span<const RowRange> span = ranges == nullptr ? std::span<const RowRange>() : *ranges;
    const std::vector<RowScore> expected = twin_.search(query, k, ranges);
    EXPECT_EQ(index_.search({.query = query, .k = k, .ranges = ranges == nullptr ? nullptr : &span}),
              expected)
        << "k " << k;
  }

  std::mt19937 random_{21};
  PostingsTwin twin_;
  PostingsIndex index_;
  std::int64_t last_ = 0;
};

TEST_F(PostingsSearch, EqualsTheTwin) {
  for (const std::size_t k : {1, 10, 100, 1000, 20'000})
    for (int i = 0; i < 4; ++i) expect_equal(random_query(random_, kTerms), k);
}

TEST_F(PostingsSearch, EqualsTheTwinUnderAnyFilter) {
  for (const std::uint32_t every : {2, 10, 100, 1000, 10'000}) {
    std::vector<RowRange> ranges;
    for (std::int64_t row = -5; row < last_ + 50; row += 8)
      if (random_() % every == 0 || row == 8003)
        ranges.push_back({row, 1 + static_cast<std::int64_t>(random_() % 8)});
    for (const std::size_t k : {1, 10, 500}) expect_equal(random_query(random_, kTerms), k, &ranges);
  }
  const std::vector<RowRange> nothing = {{last_ + 1000, 5}}, none, one = {{8000, 1}};
  for (const auto* ranges : {&nothing, &none, &one}) expect_equal(random_query(random_, kTerms), 10, ranges);
}

TEST_F(PostingsSearch, EqualsTheTwinWithLightFrequentTerms) {
  for (const std::size_t k : {1, 5, 50}) {
    std::vector<WeightedTerm> query = {{60 + random_() % 20, 9}, {30 + random_() % 20, 3}};
    for (std::uint64_t term = 0; term < 12; ++term) query.push_back({term, 0.05f});
    expect_equal(query, k);
    query.push_back({kTerms + 5, 100});  // no row has it
    expect_equal(query, k);
  }
}

TEST_F(PostingsSearch, OrdersEqualScoresByRow) {
  PostingsIndexBuilder builder{PostingsIndex(512)};
  for (std::int64_t row = 1; row <= 3000; ++row)
    builder.append(row, std::vector<TermImpact>{{1, 7}, {2, static_cast<std::uint8_t>(row % 2 + 1)}});
  const PostingsIndex index = std::move(builder).finish();
  const auto found = index.search({.query = std::vector<WeightedTerm>{{1, 2}, {2, 1}}, .k = 40});
  ASSERT_EQ(found.size(), 40u);
  for (std::size_t i = 0; i < 40; ++i)
    EXPECT_EQ(found[i], (RowScore{static_cast<std::int64_t>(2 * i + 1), 16}));
}

TEST_F(PostingsSearch, FindsNothingWithoutTermsOrResults) {
  const auto search = [&](const std::vector<WeightedTerm>& query, std::size_t k) {
    return index_.search({.query = query, .k = k}).size();
  };
  EXPECT_EQ(search({}, 10), 0u);
  EXPECT_EQ(search({{1, 1}}, 0), 0u);
  EXPECT_EQ(search({{kTerms + 1, 1}}, 10), 0u);
  EXPECT_EQ(search({{1, -1}}, 10), 0u);
  EXPECT_EQ(PostingsIndex().search({.query = std::vector<WeightedTerm>{{1, 1}}, .k = 5}).size(), 0u);
}

TEST(PostingsSearchOnThreads, EqualsTheTwin) {
  std::mt19937 random(4);
  PostingsIndexBuilder builder{PostingsIndex(30'000)};
  PostingsTwin twin;
  for (std::int64_t row = 0; row < 210'000; ++row) {
    const std::vector<TermImpact> entries = {{random() % 2, static_cast<std::uint8_t>(1 + random() % 4)},
                                             {2 + random() % 40, static_cast<std::uint8_t>(random() % 30)}};
    builder.append(row, entries);
    twin.add(row, entries);
  }
  const PostingsIndex index = std::move(builder).finish();
  ThreadPool pool(4);
  for (int i = 0; i < 4; ++i) {
    // The first query gives thousands of rows the largest score; the first of them wins.
    const std::vector<WeightedTerm> query =
        i == 0 ? std::vector<WeightedTerm>{{0, 1}} : random_query(random, 42);
    const std::size_t k = i == 0 ? 1 : 100;
    const std::vector<RowScore> expected = twin.search(query, k);
    // Blocks are divided differently each time.
    for (int again = 0; again < 30; ++again)
      EXPECT_EQ(index.search({.query = query, .k = k, .ranges = nullptr, .pool = &pool}), expected);
  }
}

// A file may be damaged after it was checked: answers are wrong then, but memory is safe (address sanitizer).
TEST(PostingsSearchInDamagedMemory, StaysInsideTheBlock) {
  std::mt19937 random(6);
  BlockBuilder rows;
  for (std::int64_t row = 0; row < 5000; ++row) rows.add(row, random_entries(random, 40));
  const auto block = std::move(rows).build();
  const PostingsArrays& from = block->arrays();
  for (int round = 0; round < 20; ++round) {
    std::vector<std::uint16_t> slots(from.slots.begin(), from.slots.end());
    std::vector<std::uint8_t> impacts(from.impacts.begin(), from.impacts.end());
    for (int i = 0; i < 400; ++i) slots[random() % slots.size()] = static_cast<std::uint16_t>(random());
    PostingsIndexBuilder builder{PostingsIndex()};
    builder.append_block(std::make_shared<const PostingsBlock>(PostingsArrays{.terms = from.terms,
                                                                              .slots = slots,
                                                                              .impacts = impacts,
                                                                              .arrays = from.arrays,
                                                                              .rows = from.rows},
                                                               nullptr));
    const PostingsIndex index = std::move(builder).finish();
    for (const RowScore& row : index.search({.query = random_query(random, 40), .k = 50}))
      EXPECT_TRUE(row.row >= 0 && row.row < 5000);
  }
}

}  // namespace
}  // namespace rappel
