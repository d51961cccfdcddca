// BlockSearch: one query in one block after the other, by adding up all postings of its terms. Rows are
// scored in windows of 4096 slots, so that the table of scores stays in the first-level cache.
//
// That is faster than looking up long lists only for rows that may still enter the answer (MaxScore, Turtle
// and Flood 1995): frequent terms are arrays that SIMD instructions add up, and a look-up costs as much as a
// hundred additions.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/postings/best_keys.h"
#include "index/postings/block_merge.h"
#include "index/postings/postings_index.h"
#include "index/postings/query_weights.h"
#include "index/postings/table_kernels.h"

namespace rappel {

class BlockSearch {
 public:
  // `bar`: the largest BestKeys::bar of all threads that search. All arguments outlive the search.
  BlockSearch(const QueryWeights& weights, const PostingsRequest& request, BestKeys& best,
              std::atomic<std::uint32_t>& bar)
      : weights_(weights), request_(request), best_(best), shared_bar_(bar) {}

  void run(const BlockPart& part, std::uint16_t number);

 private:
  static constexpr std::size_t kWord = PostingsBlock::kWordSlots;
  static constexpr std::size_t kWindow = 4096;

  struct List {
    const std::uint16_t* slots = nullptr;
    const std::uint8_t* impacts = nullptr;
    std::size_t at = 0, end = 0;  // postings that are not passed yet
    std::uint32_t weight = 0;
    std::size_t in_window = 0;  // postings in a window, on average
  };
  struct SlotRange {
    std::size_t begin = 0, end = 0;
  };

  bool find_terms(const PostingsBlock& block);
  bool allow(const BlockPart& part);
  void search_window();
  void add(List& list);
  void add_slots(List& list, SlotRange range);
  void push_found();
  std::uint32_t bar() const;

  const QueryWeights& weights_;
  const PostingsRequest& request_;
  BestKeys& best_;
  std::atomic<std::uint32_t>& shared_bar_;

  // Terms of the query in the block.
  std::vector<WeightedImpacts> arrays_;
  std::vector<List> lists_;
  std::uint32_t most_ = 0;  // no row of the block scores more

  std::uint16_t number_ = 0;           // of the block
  std::vector<std::uint64_t> wanted_;  // a bit for each slot
  std::vector<SlotRange> allowed_;     // by the filter

  std::size_t first_ = 0, words_ = 0;            // of the window
  std::size_t range_begin_ = 0, range_end_ = 0;  // what the window touches of `allowed_`
  std::array<std::uint64_t, kWindow / kWord> found_{};
  std::array<std::uint32_t, kWindow> table_{};
};

}  // namespace rappel
