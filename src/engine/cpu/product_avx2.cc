// AVX2: vpmaddubsw and vpmaddwd. vpmaddubsw adds two products in 16 bits with saturation. With activations of
// 7 bits and weights limited at packing (kPairedLimit), even the sum of two such results fits 16 bits.
#include "engine/cpu/product.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define RAPPEL_TARGET __attribute__((target("avx2,fma")))

namespace rappel::cpu {
namespace {

constexpr int kVectors = 2, kTilePanels = 1, kTileRows8 = 4, kTileRows16 = 6;
constexpr bool kPaired8 = true;
using Ints = __m256i;
using Floats = __m256;

RAPPEL_TARGET inline Ints zero() { return _mm256_setzero_si256(); }
RAPPEL_TARGET inline Ints load(const std::byte* p) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
}
RAPPEL_TARGET inline Ints broadcast(const std::byte* p) {
  return _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float*>(p)));
}
// Inline assembler, because GCC 12 adds into another register and moves the sum back, which is 25 % slower.
RAPPEL_TARGET inline Ints pairs(Ints a, Ints b) { return _mm256_maddubs_epi16(a, b); }
RAPPEL_TARGET inline void dot8(Ints& sum, Ints pairs, Ints a, Ints b) {
  __asm__(
      "vpmaddubsw %[b], %[a], %[a]\n\t"
      "vpaddw %[a], %[pairs], %[pairs]\n\t"
      "vpmaddwd %[ones], %[pairs], %[pairs]\n\t"
      "vpaddd %[pairs], %[sum], %[sum]"
      : [sum] "+x"(sum), [pairs] "+x"(pairs), [a] "+x"(a)
      : [b] "x"(b), [ones] "x"(_mm256_set1_epi16(1)));
}
RAPPEL_TARGET inline void dot16(Ints& sum, Ints a, Ints b) {
  Ints product;
  __asm__(
      "vpmaddwd %[b], %[a], %[product]\n\t"
      "vpaddd %[product], %[sum], %[sum]"
      : [sum] "+x"(sum), [product] "=x"(product)
      : [a] "x"(a), [b] "x"(b));
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
const Product* avx2_int8() {
  static const Product product{.feature = "AVX2",
                               .format = Format::kInt8,
                               .levels = 127,
                               .paired = true,
                               .tile_rows = kTileRows8,
                               .multiply = &multiply_all<Format::kInt8>};
  return &product;
}
const Product* avx2_int16() {
  static const Product product{.feature = "AVX2",
                               .format = Format::kInt16,
                               .levels = 0,
                               .paired = false,
                               .tile_rows = kTileRows16,
                               .multiply = &multiply_all<Format::kInt16>};
  return &product;
}
#else
const Product* avx2_int8() { return nullptr; }
const Product* avx2_int16() { return nullptr; }
#endif

}  // namespace rappel::cpu
