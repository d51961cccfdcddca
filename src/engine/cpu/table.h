// Reads rows of a tensor as float32 and converts them on the fly: an embedding table stays in the mapped
// file.
//
// Quantized kinds do not copy it either. A copy would be private to the process, fully resident and filled at
// start; of the mapped file only the rows that texts use are read, and processes share them (docs/engine.md
// has the numbers).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/device.h"

namespace rappel::cpu {

// Tracks the parts of a mapping that were read since its pages were last released. Any thread may mark.
class ReadParts {
 public:
  // Bytes that the system maps on a page fault (Linux: fault_around_bytes).
  static constexpr std::size_t kPart = 64 << 10;

  explicit ReadParts(std::size_t bytes)
      : bits_(new std::atomic<std::uint64_t>[words(bytes)]()), words_(words(bytes)) {}
  void mark(std::size_t offset) {
    auto& word = bits_[offset / kPart / 64];
    const std::uint64_t bit = std::uint64_t{1} << offset / kPart % 64;
    if ((word.load(std::memory_order_relaxed) & bit) == 0 &&
        (word.fetch_or(bit, std::memory_order_relaxed) & bit) == 0)
      marked_.fetch_add(1, std::memory_order_relaxed);
  }
  std::size_t bytes() const { return marked_.load(std::memory_order_relaxed) * kPart; }
  // Concurrent marks of other threads may be lost.
  void clear();

 private:
  static std::size_t words(std::size_t bytes) { return bytes / kPart / 64 + 1; }
  std::unique_ptr<std::atomic<std::uint64_t>[]> bits_;
  std::size_t words_;
  std::atomic<std::size_t> marked_{0};
};

class MappedTable final : public Table {
 public:
  // f32, f16 or bf16, two dimensions, any alignment. `resident`: number of bytes that release_pages() leaves
  // resident; 0 = no limit.
  explicit MappedTable(const TensorView& tensor, std::size_t resident = 0);

  std::size_t columns() const { return columns_; }
  void copy_row(std::size_t row, float* out) const;
  void add_row(std::size_t row, float* out) const;
  // Releases the table's pages from resident memory if more than the limit has been read; a later read maps
  // them again. Other threads may read rows at the same time.
  void release_pages() const;

 private:
  const std::byte* row_bytes(std::size_t row) const;

  DType dtype_;
  std::size_t columns_;
  std::span<const std::byte> bytes_;
  const MappedFile* mapping_;
  std::size_t resident_;
  std::unique_ptr<ReadParts> read_;  // null: no limit
};

}  // namespace rappel::cpu
