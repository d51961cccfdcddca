#include "index/postings/postings_search.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "base/check.h"
#include "base/thread_pool.h"
#include "index/postings/block_search.h"

namespace rappel {
namespace {

// Below this many rows, waking other threads costs more than it saves.
constexpr std::size_t kParallelRows = 200'000;

}  // namespace

PostingsSearch::PostingsSearch(std::span<const BlockPart> blocks, const PostingsRequest& request,
                               std::size_t live)
    : blocks_(blocks),
      request_(request),
      live_(live),
      k_(std::min(request.k, live)),
      weights_(integer_weights(request.query)) {
  RAPPEL_CHECK(blocks.size() <= std::numeric_limits<std::uint16_t>::max(), "blocks are numbered in 16 bits");
}

std::vector<RowKey> PostingsSearch::search_blocks() {
  BestKeys best(k_);
  BlockSearch search(weights_, request_, best, bar_);
  for (std::size_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < blocks_.size();)
    search.run(blocks_[i], static_cast<std::uint16_t>(i));
  return best.take();
}

std::vector<RowScore> PostingsSearch::run() {
  if (k_ == 0 || weights_.terms.empty()) return {};
  std::vector<RowKey> keys;
  if (request_.pool == nullptr || blocks_.size() < 2 || live_ < kParallelRows) {
    keys = search_blocks();
  } else {
    std::vector<std::vector<RowKey>> found(static_cast<std::size_t>(request_.pool->threads()));
    request_.pool->run([&](Lane& lane) { found[static_cast<std::size_t>(lane.index())] = search_blocks(); });
    for (const auto& lane : found) keys.insert(keys.end(), lane.begin(), lane.end());
    std::sort(keys.begin(), keys.end(), std::greater<>());
    keys.resize(std::min(keys.size(), k_));
  }
  std::vector<RowScore> best;
  for (const RowKey key : keys)
    best.push_back(
        {blocks_[key.block()].block->rows()[key.slot()], static_cast<float>(key.score()) * weights_.unit});
  return best;
}

}  // namespace rappel
