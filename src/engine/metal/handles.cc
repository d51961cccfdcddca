#include "engine/metal/handles.h"

#include <mlx/ops.h>

#include <algorithm>

#include "base/check.h"

namespace rappel::metal {
namespace {

namespace mx = mlx::core;

bool covers(const mx::array& values, std::size_t rows, std::size_t columns) {
  return static_cast<std::size_t>(values.shape(0)) >= rows &&
         static_cast<std::size_t>(values.shape(1)) >= columns;
}

// Pads with zeros on the right and at the bottom to this size.
mx::array grown(const mx::array& values, std::size_t rows, std::size_t columns) {
  const int more_rows = std::max(0, static_cast<int>(rows) - values.shape(0)),
            more_columns = std::max(0, static_cast<int>(columns) - values.shape(1));
  if (more_rows == 0 && more_columns == 0) return values;
  return mx::pad(values, {{0, more_rows}, {0, more_columns}});
}

mx::array part(const mx::array& values, std::size_t first, std::size_t rows, std::size_t columns) {
  const int begin = static_cast<int>(first), end = static_cast<int>(first + rows);
  if (begin == 0 && end == values.shape(0) && static_cast<int>(columns) == values.shape(1)) return values;
  return mx::slice(values, mx::Shape{begin, 0}, mx::Shape{end, static_cast<int>(columns)});
}

}  // namespace

void GraphBuffer::write(std::size_t first, const mx::array& values) {
  const std::size_t end = first + static_cast<std::size_t>(values.shape(0));
  const auto wide = static_cast<std::size_t>(values.shape(1));
  RAPPEL_CHECK(end <= rows() && wide <= columns(), "an op writes within its buffer");
  last_.reset();
  if (first == 0) last_ = values;
  if (first == 0 && (!all_ || covers(values, static_cast<std::size_t>(all_->shape(0)),
                                     static_cast<std::size_t>(all_->shape(1))))) {
    all_ = values;
    return;
  }
  mx::array before = all_ ? *all_ : mx::zeros(mx::Shape{1, 1}, values.dtype());
  if (before.dtype() != values.dtype()) before = mx::astype(before, mx::float32);
  all_ = mx::slice_update(grown(before, end, wide), mx::astype(values, before.dtype()),
                          mx::Shape{static_cast<int>(first), 0},
                          mx::Shape{static_cast<int>(end), static_cast<int>(wide)});
}

mx::array GraphBuffer::read(std::size_t first, std::size_t rows, std::size_t columns) const {
  RAPPEL_CHECK(first + rows <= this->rows() && columns <= this->columns(), "an op reads within its buffer");
  if (last_ && covers(*last_, first + rows, columns)) return part(*last_, first, rows, columns);
  if (!all_) return mx::zeros(mx::Shape{static_cast<int>(rows), static_cast<int>(columns)}, mx::float32);
  return part(grown(*all_, first + rows, columns), first, rows, columns);
}

void GraphBuffer::forget() {
  all_.reset();
  last_.reset();
}

}  // namespace rappel::metal
