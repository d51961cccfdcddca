// The only file that nvcc compiles.
#include <cuda_fp16.h>

#include <cmath>
#include <type_traits>

#include "engine/cuda/kernels.h"
// These headers must precede the kernels.
// clang-format off
#include "engine/cuda/warp_matrix-inl.h"
#include "engine/cuda/launch-inl.h"
// clang-format on

namespace rappel::cuda {
namespace {

struct StreamLaunch {
  cudaStream_t stream;
  template <class Args>
  void operator()(void (*kernel)(Args), unsigned blocks_x, unsigned blocks_y, const Args& args) const {
    kernel<<<dim3(blocks_x, blocks_y), kThreads, 0, stream>>>(args);
  }
};

}  // namespace

cudaError_t start_kernel(const Command& command, cudaStream_t stream) {
  const StreamLaunch launch{stream};
  (void)cudaGetLastError();  // clear the error of an earlier call
  std::visit(
      [&](const auto& c) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(c)>, ProductCommand>)
          KernelStarter<const StreamLaunch>{launch}(c);
      },
      command);
  return cudaGetLastError();
}

}  // namespace rappel::cuda
