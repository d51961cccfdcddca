// Small matrix products of a warp with tensor core instructions (sm_75 and later). Only for nvcc;
// test_emulation.h has the same functions.
#pragma once

#include <cuda_fp16.h>

#include "codec/float16.h"

#define RAPPEL_UNROLL _Pragma("unroll")

namespace rappel::cuda {

// Four matrices of 8 x 8 halves from shared memory: lane i provides row i % 8 of matrix i / 8 (16 bytes,
// aligned).
__device__ inline void load_matrices(unsigned (&out)[4], const void* row) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(address)
               : "memory");
}

__device__ inline void load_matrices_transposed(unsigned (&out)[4], const void* row) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(out[0]), "=r"(out[1]), "=r"(out[2]), "=r"(out[3])
               : "r"(address)
               : "memory");
}

// sums (16 x 8, float32) += a (16 x 16 halves) b (16 x 8 halves).
__device__ inline void multiply_add_halves(float (&sums)[4], const unsigned (&a)[4], unsigned b0,
                                           unsigned b1) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else  // the same fragments, half as deep
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(b0));
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[2]), "r"(a[3]), "r"(b1));
#endif
}

// The same for bfloat16: from sm_80 on; older GPUs do not offer this kind.
__device__ inline void multiply_add_bfloat16([[maybe_unused]] float (&sums)[4],
                                             [[maybe_unused]] const unsigned (&a)[4],
                                             [[maybe_unused]] unsigned b0, [[maybe_unused]] unsigned b1) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}

__device__ inline unsigned pack_halves(float low, float high) {
  const __half2 pair = __floats2half2_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&pair);
}

__device__ inline unsigned pack_bfloat16([[maybe_unused]] float low, [[maybe_unused]] float high) {
  unsigned pair = 0;
#if __CUDA_ARCH__ >= 800
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
#endif
  return pair;
}

// Infinity becomes the largest half; a NaN stays a NaN.
__device__ inline void make_finite(__half& low, __half& high) {
  const __half2 most = __float2half2_rn(kLargestHalf), least = __float2half2_rn(-kLargestHalf);
  const __half2 finite = __hmax2_nan(__hmin2_nan(__halves2half2(low, high), most), least);
  low = __low2half(finite);
  high = __high2half(finite);
}

}  // namespace rappel::cuda
