// Merging of blocks: the rows that are still wanted of several blocks, as one block.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "index/postings/postings_block.h"
#include "index/slot_bits.h"

namespace rappel {

// A block without the rows that were removed since it was made.
struct BlockPart {
  std::shared_ptr<const PostingsBlock> block;
  DeadSlots dead;        // rows that were removed
  std::size_t live = 0;  // the others
};

// Rows ascend from part to part; PostingsBlock::kMostRows at most are live.
std::shared_ptr<const PostingsBlock> merge_blocks(std::span<const BlockPart> parts);

}  // namespace rappel
