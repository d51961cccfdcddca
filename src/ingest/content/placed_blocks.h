// PlacedBlocks: the blocks of a file in little memory, because a table of a few megabytes has millions. Their
// text lies in pieces of 64 KiB, the rest of a block takes 16 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "ingest/content/content.h"

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

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  // The bytes of all blocks' text.
  std::size_t text_bytes() const { return text_bytes_; }
  // A copy.
  PlacedBlock operator[](std::size_t i) const;

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
  Iterator begin() const { return {*this, 0}; }
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

  void append(std::string_view text);

  std::deque<Entry> entries_;
  std::deque<std::string> pieces_;  // all but the last are full
  std::size_t text_bytes_ = 0;
};

}  // namespace rappel
