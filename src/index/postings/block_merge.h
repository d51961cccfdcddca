// Merging of blocks: the rows that are still wanted of several blocks, as one block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "index/postings/postings_block.h"

namespace rappel {

// A block without the rows that were removed since it was made.
struct BlockPart {
  std::shared_ptr<const PostingsBlock> block;
  std::shared_ptr<const std::vector<std::uint64_t>> dead;  // a bit for each slot; null: no row was removed
  std::size_t live = 0;                                    // rows that were not removed

  bool is_dead(std::size_t slot) const {
    return dead != nullptr && ((*dead)[slot / 64] >> (slot % 64) & 1) != 0;
  }
};

// Rows ascend from part to part; PostingsBlock::kMostRows at most are live.
std::shared_ptr<const PostingsBlock> merge_blocks(std::span<const BlockPart> parts);

}  // namespace rappel
