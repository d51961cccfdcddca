// The handles of the Metal device: Buffer, Table, Norm and Linear.
#pragma once

#include <mlx/array.h>

#include <cstddef>
#include <optional>

#include "engine/device.h"
#include "formats/tensor_view.h"

namespace rappel::metal {

// Refers to the graph node that an op of the running pass wrote last; owns no memory between passes. Rows and
// columns that no op wrote are zero.
class GraphBuffer final : public Buffer {
 public:
  GraphBuffer(std::size_t rows, std::size_t columns) : Buffer(rows, columns) {}

  // Writes `values`, [rows, columns] of float32 or float16, to the rows from `first` on.
  void write(std::size_t first, const mlx::core::array& values);
  mlx::core::array read(std::size_t first, std::size_t rows, std::size_t columns) const;
  std::size_t bytes() const { return all_ ? all_->nbytes() : 0; }
  void forget();

 private:
  // `all_`: everything written so far. `last_`: the last write, if it started at row 0. Most reads need only
  // last_, and MLX never computes nodes that only all_ refers to.
  std::optional<mlx::core::array> all_, last_;
};

struct FileTable final : Table {
  explicit FileTable(const TensorView& tensor) : view(tensor) {}
  std::size_t columns() const { return static_cast<std::size_t>(view.shape[1]); }
  TensorView view;
};

struct ArrayNorm final : Norm {
  ArrayNorm(mlx::core::array s, mlx::core::array t, float e)
      : scale(std::move(s)), shift(std::move(t)), eps(e) {}
  mlx::core::array scale, shift;
  float eps;
};

struct ArrayLinear final : Linear {
  ArrayLinear(mlx::core::array w, mlx::core::array b)
      : Linear(w.shape(1), w.shape(0)), weight(std::move(w)), bias(std::move(b)) {}
  mlx::core::array weight;  // [outputs, inputs], float32 or float16
  mlx::core::array bias;    // [outputs], of the same type
};

}  // namespace rappel::metal
