#include "index/postings/postings_block.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "index/postings/block_merge.h"
#include "index/postings/term_key.h"
#include "index/postings/test_postings.h"

namespace rappel {
namespace {

using Postings = std::map<std::int64_t, int>;  // impact by row

// All postings of a term, by whatever way they are stored.
Postings postings(const PostingsBlock& block, std::uint64_t term) {
  Postings found;
  const PostingsTerm* const entry = block.find(term);
  if (entry == nullptr) return found;
  for (std::size_t i = 0; i < block.rows().size(); ++i)
    if (entry->every_slot == 1 && block.array(*entry)[i] != 0)
      found[block.rows()[i]] = block.array(*entry)[i];
  for (std::size_t i = entry->begin; entry->every_slot == 0 && i < entry->begin + entry->count(); ++i)
    found[block.rows()[block.arrays().slots[i]]] = block.arrays().impacts[i];
  EXPECT_EQ(found.size(), entry->count());
  return found;
}

TEST(PostingsBlock, HasThePostingsOfItsRows) {
  std::mt19937 random(1);
  BlockBuilder builder;
  std::map<std::uint64_t, Postings> expected;
  for (std::int64_t row = 5; row < 1000; row += 1 + static_cast<std::int64_t>(random() % 3)) {
    const auto entries = random_entries(random, 60);
    for (const TermImpact& entry : entries) expected[entry.term][row] = entry.impact;
    builder.add(row, entries);
  }
  const auto block = std::move(builder).build();
  ASSERT_TRUE(block->check().ok()) << block->check().to_string();
  EXPECT_TRUE(block->check_postings().ok()) << block->check_postings().to_string();
  EXPECT_EQ(block->arrays().terms.size(), expected.size());
  for (std::uint64_t term = 0; term < 70; ++term) EXPECT_EQ(postings(*block, term), expected[term]) << term;
  EXPECT_EQ(block->find(3)->every_slot, 1);
  EXPECT_EQ(block->find(40)->every_slot, 0);
}

TEST(PostingsBlock, KeepsTheLargerImpactOfATermThatComesTwice) {
  BlockBuilder builder;
  builder.add(1, std::vector<TermImpact>{{7, 3}, {8, 9}, {7, 5}, {7, 4}, {9, 0}});
  builder.add(2, std::vector<TermImpact>{{7, 1}});
  builder.add(3, {});
  const auto block = std::move(builder).build();
  EXPECT_TRUE(block->check_postings().ok());
  EXPECT_EQ(postings(*block, 7), (Postings{{1, 5}, {2, 1}}));
  EXPECT_EQ(postings(*block, 8), (Postings{{1, 9}}));
  EXPECT_EQ(block->find(9), nullptr);
  EXPECT_EQ(block->rows().size(), 3u);
}

TEST(PostingsBlock, FindsTermsAndOnlyThose) {
  for (const std::uint64_t stride : {1ull, 250'001ull, 0x9e37'79b9'7f4a'7c15ull}) {
    BlockBuilder builder;
    std::vector<TermImpact> entries;
    for (std::uint64_t i = 0; i < 20'000; ++i) entries.push_back({2 * i * stride, 1});
    builder.add(1, entries);
    const auto block = std::move(builder).build();
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      EXPECT_NE(block->find(2 * i * stride), nullptr);
      EXPECT_EQ(block->find((2 * i + 1) * stride), nullptr);
    }
  }
  EXPECT_EQ(BlockBuilder().build()->find(1), nullptr);
}

// Keys that are not spread evenly, as only a damaged or hostile file has them.
TEST(PostingsBlock, FindsTermsWithUnevenKeys) {
  std::vector<PostingsTerm> terms;
  std::set<std::uint64_t> wanted;
  for (std::uint64_t term = 0; term < 4000; ++term)
    if (term_key(term) < std::uint64_t{1} << 61 || term % 50 == 0) wanted.insert(term_key(term));
  for (const std::uint64_t key : wanted) terms.push_back({key, 0, 0, 1, 1});
  const PostingsBlock block({.terms = terms, .slots = {}, .impacts = {}, .arrays = {}, .rows = {}}, nullptr);
  for (std::uint64_t term = 0; term < 4000; ++term)
    EXPECT_EQ(block.find(term) != nullptr, wanted.contains(term_key(term)));
}

TEST(PostingsBlock, FindsRowsInGaps) {
  std::mt19937 random(3);
  for (const unsigned every : {1u, 10u, 300u, 1'000'000u}) {
    std::vector<std::int64_t> rows;
    for (std::int64_t row = -20; row < 3000; ++row) {
      rows.push_back(row);
      if (random() % every == 0) row += static_cast<std::int64_t>(random() % 200);
    }
    const PostingsBlock block({.terms = {}, .slots = {}, .impacts = {}, .arrays = {}, .rows = rows}, nullptr);
    for (std::int64_t row = -30; row < 3300; ++row)
      for (const std::size_t from : {std::size_t{0}, std::size_t{17}, rows.size() / 2, rows.size()}) {
        const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(std::min(from, rows.size()));
        EXPECT_EQ(block.lower_bound(from, row),
                  static_cast<std::size_t>(std::lower_bound(begin, rows.end(), row) - rows.begin()));
      }
    EXPECT_EQ(block.lower_bound(3, std::numeric_limits<std::int64_t>::max()), rows.size());
    EXPECT_EQ(block.lower_bound(3, std::numeric_limits<std::int64_t>::min()), 3u);
  }
}

TEST(PostingsBlock, MergesLiveRows) {
  std::mt19937 random(2);
  std::vector<BlockPart> parts;
  BlockBuilder whole;
  std::int64_t row = 1;
  for (int p = 0; p < 4; ++p) {
    BlockBuilder builder;
    auto dead = std::make_shared<std::vector<std::uint64_t>>(4);
    for (std::size_t slot = 0; slot < 200; ++slot, row += 1 + random() % 2) {
      const auto entries = random_entries(random, 40);
      builder.add(row, entries);
      // Term 39 dies out; the third part has no dead rows.
      const bool has_39 = !entries.empty() && entries.back().term == 39;
      if (p != 2 && (has_39 || random() % 3 == 0)) {
        (*dead)[slot / 64] |= std::uint64_t{1} << (slot % 64);
      } else {
        whole.add(row, entries);
      }
    }
    parts.push_back({std::move(builder).build(), p == 2 ? nullptr : dead, 0});
  }
  const auto merged = merge_blocks(parts), expected = std::move(whole).build();
  EXPECT_TRUE(merged->check().ok());
  EXPECT_TRUE(merged->check_postings().ok());
  EXPECT_EQ(merged->arrays().terms.size(), expected->arrays().terms.size());
  EXPECT_TRUE(std::ranges::equal(merged->rows(), expected->rows()));
  for (std::uint64_t term = 0; term < 40; ++term)
    EXPECT_EQ(postings(*merged, term), postings(*expected, term));
}

// The arrays of a small block, to be damaged.
struct Arrays {
  std::vector<PostingsTerm> terms;
  std::vector<std::uint16_t> slots;
  std::vector<std::uint8_t> impacts, arrays;
  std::vector<std::int64_t> rows;
  PostingsBlock block() const {
    return {{.terms = terms, .slots = slots, .impacts = impacts, .arrays = arrays, .rows = rows}, nullptr};
  }
};

Arrays copy_of(const PostingsBlock& block) {
  const PostingsArrays& from = block.arrays();
  return {{from.terms.begin(), from.terms.end()},
          {from.slots.begin(), from.slots.end()},
          {from.impacts.begin(), from.impacts.end()},
          {from.arrays.begin(), from.arrays.end()},
          {from.rows.begin(), from.rows.end()}};
}

std::shared_ptr<const PostingsBlock> small_block() {
  std::mt19937 random(4);
  BlockBuilder builder;
  for (std::int64_t row = 0; row < 600; ++row) builder.add(row, random_entries(random, 30));
  return std::move(builder).build();
}

TEST(PostingsBlock, CheckFindsDamagedStructure) {
  const auto block = small_block();
  ASSERT_TRUE(copy_of(*block).block().check().ok());
  const std::vector<std::function<void(Arrays&)>> damages = {
      [](Arrays& a) { std::swap(a.terms[3], a.terms[4]); },
      [](Arrays& a) { a.terms[3].key = a.terms[4].key; },
      [](Arrays& a) { ++a.terms[7].begin; },
      [](Arrays& a) { a.terms[7].last ^= 1; },
      [](Arrays& a) { a.terms[7].last = 600; },
      [](Arrays& a) { a.terms[7].every_slot ^= 1; },
      [](Arrays& a) { a.terms[7].every_slot ^= 2; },
      [](Arrays& a) { a.terms.pop_back(); },
      [](Arrays& a) { a.slots.pop_back(); },
      [](Arrays& a) { a.impacts.pop_back(); },
      [](Arrays& a) { a.slots.pop_back(), a.impacts.pop_back(); },
      [](Arrays& a) { a.arrays.pop_back(); },
      [](Arrays& a) { std::swap(a.rows[100], a.rows[101]); },
      [](Arrays& a) { a.rows[100] = a.rows[101]; },
      [](Arrays& a) { a.rows.resize(500); },
      [](Arrays& a) {
        while (a.rows.size() <= PostingsBlock::kMostRows) a.rows.push_back(a.rows.back() + 1);
      },
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    Arrays damaged = copy_of(*block);
    damages[i](damaged);
    EXPECT_EQ(damaged.block().check().code(), Code::kCorrupt) << "damage " << i;
  }
}

TEST(PostingsBlock, CheckOfPostingsFindsDamagedPostings) {
  const auto block = small_block();
  ASSERT_TRUE(copy_of(*block).block().check_postings().ok());
  const std::vector<std::function<void(Arrays&)>> damages = {
      [](Arrays& a) { a.slots[0] = 600; },
      [](Arrays& a) { a.slots.back() = 65'535; },
      [](Arrays& a) { std::swap(a.slots[0], a.slots[1]); },
      [](Arrays& a) { a.impacts[0] = 0; },
      [](Arrays& a) { ++a.terms[0].top; },
      [](Arrays& a) { *std::find_if(a.arrays.begin(), a.arrays.end(), std::identity()) = 0; },
      [](Arrays& a) { *std::find(a.arrays.begin(), a.arrays.end(), 0) = 1; },
      [](Arrays& a) { a.arrays[639] = 1; },
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    Arrays damaged = copy_of(*block);
    damages[i](damaged);
    EXPECT_EQ(damaged.block().check_postings().code(), Code::kCorrupt) << "damage " << i;
  }
}

}  // namespace
}  // namespace rappel
