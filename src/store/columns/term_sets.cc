#include "store/columns/term_sets.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace rappel {
namespace {

// Hashes are spread evenly, so a value lies near its share of the array, which is shorter than 2^32.
std::optional<std::size_t> find_hash(std::span<const std::uint64_t> ascending, std::uint64_t hash) {
  const std::size_t n = ascending.size();
  if (n == 0) return std::nullopt;
  std::size_t low = static_cast<std::size_t>(((hash >> 32) * n) >> 32), high = low + 1;
  for (std::size_t step = 8; low > 0 && ascending[low] > hash; step *= 4) {
    high = low;
    low -= std::min(low, step);
  }
  for (std::size_t step = 8; high < n && ascending[high] <= hash; step *= 4) {
    low = high;
    high = std::min(n, high + step);
  }
  const auto found = std::lower_bound(ascending.begin() + static_cast<std::ptrdiff_t>(low),
                                      ascending.begin() + static_cast<std::ptrdiff_t>(high), hash);
  if (found == ascending.end() || *found != hash) return std::nullopt;
  return static_cast<std::size_t>(found - ascending.begin());
}

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
  single_terms_.reserve(singles);
  single_slots_.reserve(singles);
  set_terms_.reserve(sets);
  sets_.reserve(sets);
  lists_.reserve(listed);
  for (std::size_t i = 0, end; i < entries.size(); i = end) {
    end = end_of(i);
    if (end - i > 1) {
      add_set(entries.subspan(i, end - i));
      continue;
    }
    single_terms_.push_back(entries[i].term);
    single_slots_.push_back(entries[i].slot);
  }
  bitmaps_.shrink_to_fit();
}

void TermSets::add_set(std::span<const TermEntry> entries) {
  Set set{0, static_cast<std::uint32_t>(entries.size())};
  if (is_bitmap(set)) {
    set.begin = static_cast<std::uint32_t>(bitmaps_.size());
    bitmaps_.resize(bitmaps_.size() + (slots_ + 63) / 64);
    for (const TermEntry& entry : entries)
      bitmaps_[set.begin + entry.slot / 64u] |= std::uint64_t{1} << (entry.slot % 64u);
  } else {
    set.begin = static_cast<std::uint32_t>(lists_.size());
    for (const TermEntry& entry : entries) lists_.push_back(entry.slot);
  }
  set_terms_.push_back(entries.front().term);
  sets_.push_back(set);
}

void TermSets::mark(std::uint64_t term, std::span<std::uint64_t> bits) const {
  if (const auto single = find_hash(single_terms_, term)) {
    const DocumentSlot slot = single_slots_[*single];
    bits[slot / 64u] |= std::uint64_t{1} << (slot % 64u);
    return;
  }
  const auto found = find_hash(set_terms_, term);
  if (!found) return;
  const Set& set = sets_[*found];
  if (is_bitmap(set)) {
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] |= bitmaps_[set.begin + i];
    return;
  }
  for (std::size_t i = set.begin; i < set.begin + set.count; ++i)
    bits[lists_[i] / 64u] |= std::uint64_t{1} << (lists_[i] % 64u);
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
  return bytes_in(single_terms_) + bytes_in(single_slots_) + bytes_in(set_terms_) + bytes_in(sets_) +
         bytes_in(lists_) + bytes_in(bitmaps_);
}

}  // namespace rappel
