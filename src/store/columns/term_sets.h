// TermSets: which documents of a block have a term. A term is the hash of a key with a value
// (column_terms.h).
//
// Terms of one document are a hash and a slot: 10 bytes. Others are a list of slots, or a bitmap where that
// is smaller, so a condition on a frequent value costs a few words of 64 documents. Immutable after the
// build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "store/columns/sorted_hashes.h"

namespace rappel {

using DocumentSlot = std::uint16_t;  // a document's place in its block

struct TermEntry {
  std::uint64_t term = 0;
  DocumentSlot slot = 0;
  friend bool operator==(const TermEntry&, const TermEntry&) = default;
};

inline bool before(const TermEntry& a, const TermEntry& b) {
  return a.term != b.term ? a.term < b.term : a.slot < b.slot;
}

class TermSets {
 public:
  TermSets() = default;
  // `entries` ascend by term, then slot, without repetition; slots are below `slots`.
  TermSets(std::span<const TermEntry> entries, std::size_t slots);

  // Sets the bits of the documents that have the term; `bits` has a bit for each slot.
  void mark(std::uint64_t term, std::span<std::uint64_t> bits) const;
  // Those that it was built from.
  std::vector<TermEntry> entries() const;
  std::size_t bytes() const;

 private:
  struct Set {
    std::uint32_t begin = 0;  // in `lists_` or `bitmaps_`
    std::uint32_t count = 0;
  };
  bool is_bitmap(const Set& set) const { return set.count > slots_ / 16; }
  void add_set(std::span<const TermEntry> entries);

  std::size_t slots_ = 0;
  SortedHashes single_terms_;
  std::vector<DocumentSlot> single_slots_;
  SortedHashes set_terms_;
  std::vector<Set> sets_;
  std::vector<DocumentSlot> lists_;
  std::vector<std::uint64_t> bitmaps_;
};

}  // namespace rappel
