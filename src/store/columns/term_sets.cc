#include "store/columns/term_sets.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "index/slot_bits.h"

namespace rappel {
namespace {

template <class T>
std::size_t bytes_in(const std::vector<T>& values) {
  return values.capacity() * sizeof(T);
}

}  // namespace

TermSets::TermSets(std::span<const TermEntry> entries, std::size_t slots) : slots_(slots) {
  const auto end_of = [&](std::size_t begin) {
    std::size_t end = begin + 1;
    while (end < entries.size() && entries[end].term == entries[begin].term) ++end;
    return end;
  };
  std::size_t singles = 0, sets = 0, listed = 0;
  for (std::size_t i = 0, end; i < entries.size(); i = end) {
    end = end_of(i);
    const Set set{0, static_cast<std::uint32_t>(end - i)};
    (set.count == 1 ? singles : sets) += 1;
    if (set.count > 1 && !is_bitmap(set)) listed += set.count;
  }
  std::vector<std::uint64_t> single_terms, set_terms;
  single_terms.reserve(singles);
  single_slots_.reserve(singles);
  set_terms.reserve(sets);
  sets_.reserve(sets);
  lists_.reserve(listed);
  for (std::size_t i = 0, end; i < entries.size(); i = end) {
    end = end_of(i);
    if (end - i > 1) {
      set_terms.push_back(entries[i].term);
      add_set(entries.subspan(i, end - i));
      continue;
    }
    single_terms.push_back(entries[i].term);
    single_slots_.push_back(entries[i].slot);
  }
  single_terms_ = SortedHashes(std::move(single_terms));
  set_terms_ = SortedHashes(std::move(set_terms));
  bitmaps_.shrink_to_fit();
}

void TermSets::add_set(std::span<const TermEntry> entries) {
  Set set{0, static_cast<std::uint32_t>(entries.size())};
  if (is_bitmap(set)) {
    set.begin = static_cast<std::uint32_t>(bitmaps_.size());
    bitmaps_.resize(bitmaps_.size() + (slots_ + 63) / 64);
    for (const TermEntry& entry : entries) set_bit(std::span(bitmaps_).subspan(set.begin), entry.slot);
  } else {
    set.begin = static_cast<std::uint32_t>(lists_.size());
    for (const TermEntry& entry : entries) lists_.push_back(entry.slot);
  }
  sets_.push_back(set);
}

void TermSets::mark(std::uint64_t term, std::span<std::uint64_t> bits) const {
  if (const auto single = single_terms_.find(term)) {
    set_bit(bits, single_slots_[*single]);
    return;
  }
  const auto found = set_terms_.find(term);
  if (!found) return;
  const Set& set = sets_[*found];
  if (is_bitmap(set)) {
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] |= bitmaps_[set.begin + i];
    return;
  }
  for (std::size_t i = set.begin; i < set.begin + set.count; ++i) set_bit(bits, lists_[i]);
}

std::vector<TermEntry> TermSets::entries() const {
  std::vector<TermEntry> all;
  std::size_t single = 0;
  const auto add_singles_before = [&](std::uint64_t term) {
    for (; single < single_terms_.size() && single_terms_[single] < term; ++single)
      all.push_back({single_terms_[single], single_slots_[single]});
  };
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    add_singles_before(set_terms_[i]);
    const Set& set = sets_[i];
    if (!is_bitmap(set)) {
      for (std::size_t at = set.begin; at < set.begin + set.count; ++at)
        all.push_back({set_terms_[i], lists_[at]});
      continue;
    }
    for (std::size_t word = 0; word < (slots_ + 63) / 64; ++word)
      for (std::uint64_t rest = bitmaps_[set.begin + word]; rest != 0; rest &= rest - 1)
        all.push_back({set_terms_[i], static_cast<DocumentSlot>(
                                          word * 64 + static_cast<std::size_t>(std::countr_zero(rest)))});
  }
  for (; single < single_terms_.size(); ++single)
    all.push_back({single_terms_[single], single_slots_[single]});
  return all;
}

std::size_t TermSets::bytes() const {
  return single_terms_.bytes() + bytes_in(single_slots_) + set_terms_.bytes() + bytes_in(sets_) +
         bytes_in(lists_) + bytes_in(bitmaps_);
}

}  // namespace rappel
