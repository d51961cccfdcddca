#include "index/postings/block_search.h"

#include <algorithm>
#include <bit>

#include "index/slot_bits.h"

namespace rappel {
namespace {

// Postings that are added in the time of finding a place in a list.
constexpr std::size_t kSeekCost = 16;

// The first place in [at, end) with a slot >= `slot`; near `at` it is found fast.
std::size_t seek(const std::uint16_t* slots, std::size_t at, std::size_t end, std::size_t slot) {
  std::size_t step = 1, high = at;
  while (high < end && slots[high] < slot) {
    at = high + 1;
    high += step;
    step *= 2;
  }
  return static_cast<std::size_t>(std::lower_bound(slots + at, slots + std::min(high, end), slot) - slots);
}

}  // namespace

std::uint32_t BlockSearch::bar() const {
  return std::max(best_.bar(), shared_bar_.load(std::memory_order_relaxed));
}

// False: no row of the block can be among the best.
bool BlockSearch::find_terms(const PostingsBlock& block) {
  arrays_.clear();
  lists_.clear();
  most_ = 0;
  for (const IntegerWeight& term : weights_.terms) {
    const PostingsTerm* const found = block.find(term.term);
    if (found == nullptr) continue;
    most_ += term.weight * found->top;
    if (found->every_slot == 1) {
      arrays_.push_back({block.array(*found), term.weight});
    } else {
      lists_.push_back({.slots = block.arrays().slots.data(),
                        .impacts = block.arrays().impacts.data(),
                        .at = found->begin,
                        .end = found->begin + std::size_t{found->count()},
                        .weight = term.weight,
                        .in_window = found->count() * kWindow / block.rows().size()});
    }
  }
  return most_ > 0 && most_ >= bar();
}

// The live slots within the ranges; false: none.
bool BlockSearch::allow(const BlockPart& part) {
  const PostingsBlock& block = *part.block;
  wanted_.assign(PostingsBlock::array_bytes(block.rows().size()) / kWord, 0);
  allowed_.clear();
  if (request_.ranges == nullptr) {
    allowed_.push_back({0, block.rows().size()});
  } else {
    const std::int64_t first = block.rows().front(), last = block.rows().back();
    auto range = std::partition_point(request_.ranges->begin(), request_.ranges->end(),
                                      [&](const RowRange& r) { return r.first + r.count <= first; });
    std::size_t slot = 0;
    for (; range != request_.ranges->end() && range->first <= last; ++range) {
      const std::size_t begin = block.lower_bound(slot, range->first);
      slot = block.lower_bound(begin, range->first + range->count);
      if (begin < slot) allowed_.push_back({begin, slot});
    }
  }
  for (const SlotRange& range : allowed_) set_bits(wanted_, range.begin, range.end);
  if (part.dead != nullptr)
    for (std::size_t i = 0; i < wanted_.size(); ++i) wanted_[i] &= ~(*part.dead)[i];
  return !allowed_.empty();
}

void BlockSearch::run(const BlockPart& part, std::uint16_t number) {
  if (!find_terms(*part.block) || !allow(part)) return;
  number_ = number;
  range_begin_ = 0;
  for (first_ = 0; first_ < wanted_.size() * kWord; first_ += kWindow) search_window();
}

void BlockSearch::search_window() {
  const std::size_t end = first_ + kWindow;
  while (range_begin_ < allowed_.size() && allowed_[range_begin_].end <= first_) ++range_begin_;
  range_end_ = range_begin_;
  while (range_end_ < allowed_.size() && allowed_[range_end_].begin < end) ++range_end_;
  if (range_begin_ == range_end_ || most_ < bar()) return;
  const std::uint64_t* const wanted = wanted_.data() + first_ / kWord;
  words_ = std::min(kWindow / kWord, wanted_.size() - first_ / kWord);
  start_table(arrays_, first_, {wanted, words_}, table_.data());
  for (List& list : lists_) add(list);
  const std::uint32_t floor = std::max(bar(), std::uint32_t{1});
  if (select_slots(table_.data(), {wanted, words_}, floor, found_.data())) push_found();
}

void BlockSearch::add(List& list) {
  const std::size_t ranges = range_end_ - range_begin_;
  if (ranges > 1 && ranges * kSeekCost > list.in_window) {
    add_slots(list, {first_, first_ + kWindow});
    return;
  }
  for (std::size_t i = range_begin_; i < range_end_; ++i)
    add_slots(list, {std::max(allowed_[i].begin, first_), std::min(allowed_[i].end, first_ + kWindow)});
}

// Slots are taken modulo the window, so that a damaged list cannot write elsewhere.
void BlockSearch::add_slots(List& list, SlotRange range) {
  const std::uint16_t* const slots = list.slots;
  const std::uint8_t* const impacts = list.impacts;
  std::uint32_t* const table = table_.data();
  const std::uint32_t weight = list.weight;
  std::size_t i = seek(slots, list.at, list.end, range.begin);
  for (; i + 4 <= list.end && slots[i + 3] < range.end; i += 4) {
    table[slots[i] % kWindow] += weight * impacts[i];
    table[slots[i + 1] % kWindow] += weight * impacts[i + 1];
    table[slots[i + 2] % kWindow] += weight * impacts[i + 2];
    table[slots[i + 3] % kWindow] += weight * impacts[i + 3];
  }
  for (; i < list.end && slots[i] < range.end; ++i) table[slots[i] % kWindow] += weight * impacts[i];
  list.at = i;
}

void BlockSearch::push_found() {
  for (std::size_t word = 0; word < words_; ++word)
    for (std::uint64_t bits = found_[word]; bits != 0; bits &= bits - 1) {
      const std::size_t at = word * kWord + static_cast<std::size_t>(std::countr_zero(bits));
      best_.push({table_[at], number_, static_cast<std::uint16_t>(first_ + at)});
    }
  if (best_.bar() > shared_bar_.load(std::memory_order_relaxed))
    shared_bar_.store(best_.bar(), std::memory_order_relaxed);
}

}  // namespace rappel
