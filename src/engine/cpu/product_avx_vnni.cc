// AVX-VNNI: four byte products and their exact sum in one instruction, on 256-bit registers.
#include "engine/cpu/product.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define RAPPEL_TARGET __attribute__((target("avx2,fma,avxvnni")))

namespace rappel::cpu {
namespace {

constexpr int kVectors = 2, kTilePanels = 1, kTileRows8 = 6, kTileRows16 = 6;
constexpr bool kPaired8 = false;
using Ints = __m256i;
using Floats = __m256;

RAPPEL_TARGET inline Ints zero() { return _mm256_setzero_si256(); }
RAPPEL_TARGET inline Ints load(const std::byte* p) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
}
RAPPEL_TARGET inline Ints broadcast(const std::byte* p) {
  return _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float*>(p)));
}
// Inline assembler, because with intrinsics GCC 12 spills some of the sums to the stack.
RAPPEL_TARGET inline void dot8(Ints& sum, Ints a, Ints b) {
  __asm__("%{vex%} vpdpbusd %[b], %[a], %[sum]" : [sum] "+x"(sum) : [a] "x"(a), [b] "x"(b));
}
RAPPEL_TARGET inline void dot16(Ints& sum, Ints a, Ints b) {
  __asm__("%{vex%} vpdpwssd %[b], %[a], %[sum]" : [sum] "+x"(sum) : [a] "x"(a), [b] "x"(b));
}
RAPPEL_TARGET inline Floats load_floats(const float* p) { return _mm256_loadu_ps(p); }
RAPPEL_TARGET inline void store_floats(float* p, Floats v) { _mm256_storeu_ps(p, v); }
RAPPEL_TARGET inline Floats set(float v) { return _mm256_set1_ps(v); }
RAPPEL_TARGET inline Floats to_floats(Ints v) { return _mm256_cvtepi32_ps(v); }
RAPPEL_TARGET inline Floats multiply(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
RAPPEL_TARGET inline Floats multiply_add(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
RAPPEL_TARGET inline Floats negative_multiply_add(Floats a, Floats b, Floats c) {
  return _mm256_fnmadd_ps(a, b, c);
}

}  // namespace
}  // namespace rappel::cpu

#include "engine/cpu/product-inl.h"
#endif

namespace rappel::cpu {

#if defined(__x86_64__)
const Product* avx_vnni_int8() {
  static const Product product{.feature = "AVX-VNNI",
                               .format = Format::kInt8,
                               .levels = 255,
                               .paired = false,
                               .tile_rows = kTileRows8,
                               .multiply = &multiply_all<Format::kInt8>};
  return &product;
}
const Product* avx_vnni_int16() {
  static const Product product{.feature = "AVX-VNNI",
                               .format = Format::kInt16,
                               .levels = 0,
                               .paired = false,
                               .tile_rows = kTileRows16,
                               .multiply = &multiply_all<Format::kInt16>};
  return &product;
}
#else
const Product* avx_vnni_int8() { return nullptr; }
const Product* avx_vnni_int16() { return nullptr; }
#endif

}  // namespace rappel::cpu
