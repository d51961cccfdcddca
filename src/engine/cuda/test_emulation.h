// Defines the CUDA language for a C++ compiler, so that the kernels run without a GPU, thread by thread.
//
// Each thread of a block is a fiber. It runs until a barrier or a warp operation; then the other fibers run,
// in an order that the test chooses. A result that changes with the order reveals a missing barrier. A block
// that cannot continue (a lane missing from a warp operation, lanes at different operations) throws
// std::logic_error. Matrix operations follow the fragment layouts of the PTX manual; sums are exact and
// rounded once, whereas a GPU rounds intermediate sums. Blocks run one after another on the calling thread.
//
// Included before kernels-inl.h and attention-inl.h, by tests only.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "codec/float16.h"

// NOLINTBEGIN(bugprone-reserved-identifier): the names are CUDA's.
#define __global__
#define __device__
#define __shared__ static  // blocks run one after another
#define __launch_bounds__(...)
#define RAPPEL_UNROLL

namespace rappel::cuda {

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};
extern Dim3 threadIdx, blockIdx, blockDim, gridDim;

struct __half {
  std::uint16_t bits;
};
inline float __half2float(__half value) { return f16_to_float(value.bits); }
inline __half __float2half_rn(float value) { return {float_to_f16(value)}; }
inline float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }
inline unsigned __float_as_uint(float value) { return std::bit_cast<unsigned>(value); }

void __syncthreads();
void __syncwarp();
float __shfl_xor_sync(unsigned mask, float value, int other);
// NOLINTEND(bugprone-reserved-identifier)

// Emulates warp_matrix-inl.h.
void load_matrices(unsigned (&out)[4], const void* row);
void load_matrices_transposed(unsigned (&out)[4], const void* row);
void multiply_add_halves(float (&sums)[4], const unsigned (&a)[4], unsigned b0, unsigned b1);
void multiply_add_bfloat16(float (&sums)[4], const unsigned (&a)[4], unsigned b0, unsigned b1);
inline unsigned pack_halves(float low, float high) {
  return float_to_f16(low) | static_cast<unsigned>(float_to_f16(high)) << 16;
}
inline unsigned pack_bfloat16(float low, float high) {
  return float_to_bf16(low) | static_cast<unsigned>(float_to_bf16(high)) << 16;
}
inline void make_finite(__half& low, __half& high) {
  for (__half* value : {&low, &high})
    if ((value->bits & 0x7fffu) == 0x7c00u) --value->bits;  // the largest half is the one before infinity
}

// The order in which threads run.
enum class FiberOrder { kForward, kBackward, kMixed };
void set_fiber_order(FiberOrder order);

// Calls body() once for every thread of every block.
void run_blocks(Dim3 grid, unsigned threads, const std::function<void()>& body);

}  // namespace rappel::cuda
