// PlacedBlocks: the blocks of a file in little memory, because a table of a few megabytes has millions. Their
// text lies together, the rest of a block takes 16 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "ingest/content/content.h"
#include "ingest/content/text_pieces.h"

namespace rappel {

struct PlacedBlock {
  Block block;
  std::size_t part = 0;  // 0: before the first part; else the number of the part
};

class PlacedBlocks {
 public:
  // A block takes so much besides its text.
  static constexpr std::size_t kBlockMemory = 16;

  void add(const Block& block, std::size_t part);

  // Blocks so far, with those that were released.
  std::size_t size() const { return released_ + entries_.size(); }
  bool empty() const { return size() == 0; }
  // The bytes of all blocks' text.
  std::size_t text_bytes() const { return text_.size(); }
  // A copy of one that is not released.
  PlacedBlock operator[](std::size_t i) const;
  // Frees the blocks before `i`; the bytes that this gives. The others keep their numbers.
  std::size_t release_before(std::size_t i);

  class Iterator {
   public:
    Iterator(const PlacedBlocks& blocks, std::size_t at) : blocks_(&blocks), at_(at) {}
    PlacedBlock operator*() const { return (*blocks_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const PlacedBlocks* blocks_;
    std::size_t at_;
  };
  Iterator begin() const { return {*this, released_}; }
  Iterator end() const { return {*this, size()}; }

 private:
  struct Entry {
    std::uint32_t begin;  // bytes of the text of all blocks
    std::uint32_t row;
    std::uint32_t part;
    std::uint16_t level;
    BlockKind kind;
    bool header_row;
  };
  static_assert(sizeof(Entry) == kBlockMemory);

  std::deque<Entry> entries_;
  std::size_t released_ = 0;  // entries
  TextPieces text_;
};

}  // namespace rappel
