// Rows of a tensor as float32, converted when they are read: an embedding table stays in the mapped file.
#pragma once

#include <cstddef>
#include <span>

#include "engine/device.h"

namespace rappel::cpu {

class MappedTable final : public Table {
 public:
  // f32, f16 or bf16, two dimensions, any alignment.
  explicit MappedTable(const TensorView& tensor);

  std::size_t columns() const { return columns_; }
  void copy_row(std::size_t row, float* out) const;
  void add_row(std::size_t row, float* out) const;

 private:
  DType dtype_;
  std::size_t columns_;
  std::span<const std::byte> bytes_;
};

}  // namespace rappel::cpu
