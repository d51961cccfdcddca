// What happens to each number between the products, as functions that MLX may join into one kernel each.
#pragma once

#include <mlx/array.h>

#include <functional>
#include <vector>

namespace rappel::metal {

struct Elementwise {
  using Function = std::function<std::vector<mlx::core::array>(const std::vector<mlx::core::array>&)>;

  Function gelu;         // float32 -> float32, the exact form
  Function gelu_half;    // float16 -> float16, computed in float32
  Function finite_half;  // float16 -> float16; what is infinite becomes the largest one
  Function add_half;     // float16 + float32 -> float32
  Function to_half;      // float32 -> float16
};

Elementwise plain_functions();
// Each compiled by MLX when it is first used. To be made, used and destroyed on one thread.
Elementwise compiled_functions();

}  // namespace rappel::metal
