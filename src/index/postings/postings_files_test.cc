#include "index/postings/postings_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "index/postings/postings_index.h"
#include "index/postings/test_postings.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

constexpr std::uint32_t kTerms = 30;

std::shared_ptr<const PostingsBlock> some_block(std::int64_t rows, unsigned seed) {
  std::mt19937 random(seed);
  BlockBuilder builder;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::vector<TermImpact> entries = random_entries(random, kTerms);
    const std::string name = "name" + std::to_string(row);
    builder.add(10 + 2 * row, entries, std::vector<TermName>{{entries.front().term, name}});
  }
  return std::move(builder).build();
}

class PostingsFiles : public testing::Test {
 protected:
  // `content` as a file.
  Result<std::shared_ptr<const PostingsBlock>> read(const std::string& content,
                                                    std::string_view rules = "rules 1") {
    const auto path = folder_.path() / std::to_string(files_++);
    EXPECT_TRUE(write_file_atomic(path, content).ok());
    return map_postings(MappedFile::open(path).value(), rules);
  }
  TempDir folder_;
  int files_ = 0;
};

template <class T>
bool equal(std::span<const T> a, std::span<const T> b) {
  return a.size_bytes() == b.size_bytes() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

bool equal(const PostingsBlock& a, const PostingsBlock& b) {
  const PostingsArrays &x = a.arrays(), &y = b.arrays();
  return equal(x.terms, y.terms) && equal(x.slots, y.slots) && equal(x.impacts, y.impacts) &&
         equal(x.arrays, y.arrays) && equal(x.rows, y.rows) && equal(x.names.bytes, y.names.bytes) &&
         equal(x.names.starts, y.names.starts);
}

TEST_F(PostingsFiles, ABlockThatWasReadIsTheSame) {
  for (const std::int64_t rows : {1, 64, 900}) {  // with and without arrays
    const auto block = some_block(rows, 3);
    const auto read_block = read(write_postings(*block, "rules 1"));
    ASSERT_TRUE(read_block.ok()) << read_block.status().to_string();
    EXPECT_TRUE(equal(**read_block, *block));
    EXPECT_GE((*read_block)->arrays().names.bytes.size(), static_cast<std::size_t>(rows) * 7);
    EXPECT_TRUE((*read_block)->check_postings().ok());
    EXPECT_EQ((*read_block)->span().first, 10);
    EXPECT_EQ((*read_block)->span().count, 2 * rows - 1);
    EXPECT_FALSE((*read_block)->is_damaged());
  }
}

TEST_F(PostingsFiles, OtherRulesAndBlocksWithoutRowsAreNotRead) {
  const std::string content = write_postings(*some_block(50, 3), "rules 1");
  EXPECT_EQ(read(content, "rules 2").status().code(), Code::kCorrupt);
  EXPECT_EQ(read(content, "").status().code(), Code::kCorrupt);
  EXPECT_EQ(read(write_postings(*some_block(0, 3), "rules 1")).status().code(), Code::kCorrupt);
}

// Padding between sections does not matter.
TEST_F(PostingsFiles, EveryDamagedByteIsNoticedOrHarmless) {
  const auto block = some_block(3, 4);
  const std::string content = write_postings(*block, "rules 1");
  for (std::size_t i = 0; i < content.size(); ++i) {
    std::string damaged = content;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    const auto read_block = read(damaged);
    if (read_block.ok()) {
      EXPECT_TRUE(equal(**read_block, *block)) << "byte " << i;
    }
  }
  for (std::size_t size = 0; size < content.size(); size += 7)
    EXPECT_FALSE(read(content.substr(0, size)).ok()) << size;
  EXPECT_FALSE(read(content + "x").ok());
}

// An index of files finds the same and goes on: rows come, go, and are merged.
TEST_F(PostingsFiles, AnIndexOfFilesFollowsChanges) {
  std::mt19937 random(8);
  PostingsIndexBuilder memory{PostingsIndex(256)}, files{PostingsIndex(256)};
  for (std::int64_t row = 1; row <= 600; ++row) memory.append(row, random_entries(random, kTerms));
  PostingsIndex expected = std::move(memory).finish();
  for (const BlockPart& part : expected.blocks())
    files.append_block(read(write_postings(*part.block, "rules 1")).value());
  PostingsIndex index = std::move(files).finish();
  for (int round = 0; round < 8; ++round) {
    PostingsIndexBuilder a(expected), b(index);
    const auto entries = random_entries(random, kTerms);
    const RowRange range{static_cast<std::int64_t>(random() % 600), 70};
    for (PostingsIndexBuilder* const builder : {&a, &b}) {
      builder->append(1000 + round, entries);
      builder->remove(range);
    }
    expected = std::move(a).finish();
    index = std::move(b).finish();
    EXPECT_EQ(index.rows(), expected.rows());
    const std::vector<WeightedTerm> query = random_query(random, kTerms);
    EXPECT_EQ(index.search({.query = query, .k = 20}), expected.search({.query = query, .k = 20}));
  }
  EXPECT_FALSE(index.is_damaged());
}

TEST_F(PostingsFiles, AFileThatIsCutIsDamagedWhereItIsRead) {
  PostingsIndexBuilder builder{PostingsIndex()};
  builder.append_block(read(write_postings(*some_block(9000, 5), "rules 1")).value());
  const PostingsIndex index = std::move(builder).finish();
  std::filesystem::resize_file(folder_.path() / "0", 4096);
  std::vector<WeightedTerm> all;
  for (std::uint64_t term = 0; term < kTerms; ++term) all.push_back({term, 1});
  (void)index.search({.query = all, .k = 10});
  EXPECT_TRUE(index.is_damaged());
  EXPECT_EQ(index.blocks()[0].block->span().first, 10);
  // The next version does without what cannot be read, but the program goes on.
  PostingsIndexBuilder next(index);
  next.remove({100, 300});
  next.append(100'000, std::vector<TermImpact>{{1, 1}});
  const PostingsIndex after = std::move(next).finish();
  EXPECT_EQ(after.rows().back(), 100'000);
}

TEST(PostingsBlockImpact, IsThatOfTheRow) {
  std::mt19937 random(12);
  BlockBuilder builder;
  std::vector<std::vector<TermImpact>> rows;
  for (std::int64_t row = 0; row < 300; ++row) {
    rows.push_back(random_entries(random, kTerms));
    builder.add(row, rows.back());
  }
  const auto block = std::move(builder).build();
  for (std::size_t slot = 0; slot < rows.size(); ++slot)
    for (std::uint64_t term = 0; term < kTerms + 2; ++term) {
      const auto found = std::find_if(rows[slot].begin(), rows[slot].end(),
                                      [&](const TermImpact& entry) { return entry.term == term; });
      EXPECT_EQ(block->impact(term, slot), found == rows[slot].end() ? 0 : found->impact);
    }
}

}  // namespace
}  // namespace rappel
