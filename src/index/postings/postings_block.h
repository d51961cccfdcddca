// PostingsBlock: an inverted index of up to 65 536 rows, immutable. A term is a 64-bit number: a token id of
// a model's lexical weights, or the hash of a word. Its postings say in which rows it occurs and how much it
// weighs there (impact 1 .. 255). Terms may have names (term_names.h).
//
// The postings of a term are a list of two arrays (slots, impacts), or, if it occurs in an eighth of the rows
// or more, an array with an impact for each row, 0 where the term is absent. The second kind is added up ten
// times faster by SIMD instructions, and is smaller from a third of the rows on.
//
// All arrays are views: of memory that the block keeps alive, or of a mapped file. Any number of threads may
// read. Reading damaged arrays gives wrong answers, but no access outside of them, if check() was ok.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/os/file.h"
#include "base/status.h"
#include "index/postings/term_names.h"
#include "index/rows.h"

namespace rappel {

// Begin and end of the slots of a term. Also the record in files: little-endian, no padding.
struct PostingsTerm {
  std::uint64_t key = 0;        // term_key of the term; keys ascend
  std::uint32_t begin = 0;      // of a list: index of its first posting; of an array: its number
  std::uint16_t last = 0;       // number of postings - 1
  std::uint8_t top = 0;         // the largest impact
  std::uint8_t every_slot = 0;  // 1: an array, 0: a list
  std::uint32_t count() const { return std::uint32_t{last} + 1; }
};
static_assert(sizeof(PostingsTerm) == 16);

struct PostingsArrays {
  std::span<const PostingsTerm> terms;
  std::span<const std::uint16_t> slots;  // of all lists, one after the other in the order of terms; ascending
  std::span<const std::uint8_t> impacts;  // of the same postings
  std::span<const std::uint8_t> arrays;   // array_bytes(rows.size()) for each array
  std::span<const std::int64_t> rows;     // row numbers of the slots, ascending
  TermNames names = {};                   // of some terms, by their places in `terms`
};

class PostingsBlock {
 public:
  static constexpr std::size_t kMostRows = 65'536;
  // Slots of a word of a bitmap.
  static constexpr std::size_t kWordSlots = 64;

  // `owner` keeps the arrays alive; null if somebody else does. `file`: in which they lie; null: none.
  PostingsBlock(const PostingsArrays& arrays, std::shared_ptr<const void> owner,
                std::shared_ptr<const MappedFile> file = nullptr);

  static constexpr std::size_t array_bytes(std::size_t rows) {
    return (rows + kWordSlots - 1) / kWordSlots * kWordSlots;
  }
  static bool as_array(std::size_t count, std::size_t rows) {
    return count >= kWordSlots && count * 8 >= rows;
  }

  const PostingsArrays& arrays() const { return arrays_; }
  std::span<const std::int64_t> rows() const { return arrays_.rows; }
  std::size_t bytes() const;
  // From the first row to the last, also if the file is damaged.
  RowRange span() const { return {marks_.front(), marks_.back() - marks_.front()}; }
  // Whether a part of the file could not be read; it reads as zeros then.
  bool is_damaged() const { return file_ != nullptr && file_->is_damaged(); }

  // Null: no row has the term.
  const PostingsTerm* find(std::uint64_t term) const;
  const std::uint8_t* array(const PostingsTerm& term) const {
    return arrays_.arrays.data() + term.begin * array_bytes(arrays_.rows.size());
  }
  // 0: the row of the slot has no such term.
  std::uint8_t impact(std::uint64_t term, std::size_t slot) const;
  // The first slot from `from` on with a row >= `row`.
  std::size_t lower_bound(std::size_t from, std::int64_t row) const;

  // Whether sizes, places and orders are right, in all arrays but the postings: a few milliseconds for a
  // block from a file.
  Status check() const;
  // The same of the postings: ascending slots, impacts up to the largest one. check() must be ok.
  Status check_postings() const;

 private:
  Status check_array(const PostingsTerm& term) const;
  Status check_list(const PostingsTerm& term) const;

  PostingsArrays arrays_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const MappedFile> file_;
  // The row of every 64th slot, and the last row + 1. Most of the rows between two marks are consecutive;
  // their slots are then known without a look at the rows, which are not in the cache.
  std::vector<std::int64_t> marks_;
};

}  // namespace rappel
