// Elementwise functions between the products, each of which MLX may fuse into one kernel.
#pragma once

#include <mlx/array.h>

#include <functional>
#include <vector>

namespace rappel::metal {

struct Elementwise {
  using Function = std::function<std::vector<mlx::core::array>(const std::vector<mlx::core::array>&)>;

  Function gelu;         // float32 -> float32, the exact form
  Function gelu_half;    // float16 -> float16, computed in float32
  Function finite_half;  // float16 -> float16; infinity becomes the largest finite number
  Function add_half;     // float16 + float32 -> float32
  Function to_half;      // float32 -> float16
};

Elementwise plain_functions();
// MLX compiles each on first use. Create, use and destroy them on one thread.
Elementwise compiled_functions();

}  // namespace rappel::metal
