// CUDA's words for a C++ compiler, so that the kernels run, thread by thread as on a GPU, where there is
// none.
//
// Each thread of a block is a fiber. It runs until a barrier or a warp operation, where the others get their
// turn, in an order that a test chooses: an answer that changes with the order shows a missing barrier. A
// block that cannot go on (a lane that is missing from a warp operation, lanes at different ones) ends in
// std::logic_error. Matrix operations follow the layouts of fragments in the PTX manual; sums are exact and
// then rounded, where a GPU rounds on the way. Blocks run one after the other, on the calling thread alone.
//
// Included before kernels-inl.h and attention-inl.h, by tests only.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "codec/float16.h"

#define __global__
#define __device__
#define __shared__ static  // blocks take turns
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

// warp_matrix-inl.h's.
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
    if ((value->bits & 0x7fffu) == 0x7c00u) --value->bits;  // the largest one comes before infinity
}

// In which order threads get their turn.
enum class FiberOrder { kForward, kBackward, kMixed };
void set_fiber_order(FiberOrder order);

// Runs body() once for every thread of every block.
void run_blocks(Dim3 grid, unsigned threads, const std::function<void()>& body);

}  // namespace rappel::cuda
