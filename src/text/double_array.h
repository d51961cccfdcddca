// DoubleArray: an immutable trie from byte strings to ids, in one array of 8-byte cells.
//
// A state is the base of a node; the cell of its child by byte b is cells[base ^ b], and it is that child
// exactly when the cell carries the label b (no two nodes share a base). Children with no children of their
// own have base 0, whose block is empty. Safe to share between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

struct TrieEntry {
  std::string_view key;
  std::int32_t value = 0;  // >= 0
};

class DoubleArray {
 public:
  using State = std::uint32_t;
  static constexpr std::int32_t kNone = -1;

  // The last of several entries with equal keys stays; an empty key is left out. kResourceExhausted above 8
  // million cells.
  static Result<DoubleArray> build(const std::vector<TrieEntry>& entries);

  State root() const { return root_; }

  // Follows `byte`: false when there is no such child. `value` is the id of the key that ends there, or
  // kNone.
  bool step(State& state, char byte, std::int32_t& value) const {
    const auto label = static_cast<unsigned char>(byte);
    const Cell& cell = cells_[state ^ label];
    if ((cell.base_and_label & 0x1FF) != label + 1u) return false;
    state = cell.base_and_label >> 9;
    value = cell.value;
    return true;
  }

  std::int32_t find(std::string_view key) const {
    State state = root_;
    std::int32_t value = kNone;
    for (const char byte : key)
      if (!step(state, byte, value)) return kNone;
    return value;
  }

  std::size_t bytes() const { return cells_.size() * sizeof(Cell); }

 private:
  friend class DoubleArrayBuilder;
  struct Cell {
    std::uint32_t base_and_label = 0;  // base << 9 | label + 1; 0 = free
    std::int32_t value = kNone;
  };
  std::vector<Cell> cells_;
  State root_ = 0;
};

}  // namespace rappel
