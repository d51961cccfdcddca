// PostingsSearch: one search of a PostingsIndex. Blocks are the unit of parallel work.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/postings/best_keys.h"
#include "index/postings/postings_index.h"

namespace rappel {

class PostingsSearch {
 public:
  // `live`: rows in all blocks that are not removed.
  PostingsSearch(std::span<const BlockPart> blocks, const PostingsRequest& request, std::size_t live);

  std::vector<RowScore> run();

 private:
  // Searches blocks until there is none left.
  std::vector<RowKey> search_blocks();

  std::span<const BlockPart> blocks_;
  const PostingsRequest& request_;
  std::size_t live_, k_;
  QueryWeights weights_;
  std::atomic<std::size_t> next_{0};   // block
  std::atomic<std::uint32_t> bar_{0};  // scores below it cannot be among the k best
};

}  // namespace rappel
