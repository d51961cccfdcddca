// Reads a NumPy .npy file of little-endian float32 in C order (the format of the reference data).
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "base/status.h"

namespace rappel {

struct NpyArray {
  std::vector<std::size_t> shape;
  std::vector<float> values;  // row-major

  std::size_t columns() const { return shape.empty() ? 0 : shape.back(); }
  const float* row(std::size_t r) const { return values.data() + r * columns(); }
};

// kCorrupt, naming the file, for any other content.
Result<NpyArray> read_npy(const std::filesystem::path& path);

}  // namespace rappel
