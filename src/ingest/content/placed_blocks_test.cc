#include "ingest/content/placed_blocks.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <vector>

namespace rappel {
namespace {

TEST(PlacedBlocks, AreGivenBackAsTheyWereAdded) {
  // Short ones, one that ends with a piece of text, and one over several pieces.
  std::vector<PlacedBlock> added;
  const std::size_t sizes[] = {1, 65'533, 2, 70, 200'000, 3, 65'536};
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    Block block{.kind = static_cast<BlockKind>(i % 6),
                .text = {},
                .level = static_cast<int>(i * 100),
                .row = static_cast<std::uint32_t>(i * 1'000'000),
                .header_row = i % 2 == 1};
    for (std::size_t c = 0; c < sizes[i]; ++c) block.text += static_cast<char>('a' + (c + i) % 26);
    added.push_back({std::move(block), i / 2});
  }
  PlacedBlocks blocks;
  EXPECT_TRUE(blocks.empty());
  for (const auto& [block, part] : added) blocks.add(block, part);
  ASSERT_EQ(blocks.size(), added.size());
  std::size_t i = 0;
  for (const auto& [block, part] : blocks) {
    EXPECT_EQ(block.kind, added[i].block.kind) << i;
    EXPECT_EQ(block.text == added[i].block.text, true) << i;
    EXPECT_EQ(block.level, added[i].block.level) << i;
    EXPECT_EQ(block.row, added[i].block.row) << i;
    EXPECT_EQ(block.header_row, added[i].block.header_row) << i;
    EXPECT_EQ(part, added[i].part) << i;
    ++i;
  }
  EXPECT_EQ(blocks[1].block.text.size(), 65'533u);
  EXPECT_EQ(blocks.text_bytes(), 1u + 65'533 + 2 + 70 + 200'000 + 3 + 65'536);
}

TEST(PlacedBlocks, ReleasedBlocksGiveTheirMemoryBackAndTheOthersStay) {
  const Block block{.text = std::string(TextPieces::kPiece / 4, 'x')};
  PlacedBlocks blocks;
  for (std::size_t i = 0; i < 10; ++i) blocks.add(block, i);
  std::size_t given = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(blocks[i].part, i);
    EXPECT_EQ(blocks[i].block.text, block.text);
    given += blocks.release_before(i + 1);
  }
  EXPECT_EQ(given, 10 * PlacedBlocks::kBlockMemory + 2 * TextPieces::kPiece) << "pieces are given as a whole";
  EXPECT_EQ(blocks.size(), 10u);
}

}  // namespace
}  // namespace rappel
