// Rows of a tensor as float32, converted when they are read: an embedding table stays in the mapped file.
//
// Reduced kinds make no smaller copy of it either: a copy would be private to the process, resident as a
// whole and filled at start; of the mapped file only what texts use is read, and processes share it
// (docs/engine.md has the numbers).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/device.h"

namespace rappel::cpu {

// Which parts of a mapping have been read since its pages were last released. Any thread may mark.
class ReadParts {
 public:
  // What the system maps around a page that is missing (Linux: fault_around_bytes).
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
  // Marks that other threads make meanwhile may be lost.
  void clear();

 private:
  static std::size_t words(std::size_t bytes) { return bytes / kPart / 64 + 1; }
  std::unique_ptr<std::atomic<std::uint64_t>[]> bits_;
  std::size_t words_;
  std::atomic<std::size_t> marked_{0};
};

class MappedTable final : public Table {
 public:
  // f32, f16 or bf16, two dimensions, any alignment. `resident`: bytes of it that release_pages() leaves
  // resident; 0 = no limit.
  explicit MappedTable(const TensorView& tensor, std::size_t resident = 0);

  std::size_t columns() const { return columns_; }
  void copy_row(std::size_t row, float* out) const;
  void add_row(std::size_t row, float* out) const;
  // Takes the table's pages out of resident memory when more than the limit has been read; they come back
  // when they are read again. Other threads may read rows meanwhile.
  void release_pages() const;

 private:
  const std::byte* row_bytes(std::size_t row) const;

  DType dtype_;
  std::size_t columns_;
  std::span<const std::byte> bytes_;
  const MappedFile* mapping_;
  std::size_t resident_;
  std::unique_ptr<ReadParts> read_;  // null: nothing to limit
};

}  // namespace rappel::cpu
