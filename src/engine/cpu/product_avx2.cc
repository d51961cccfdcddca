// AVX2: vpmaddubsw and vpmaddwd. vpmaddubsw adds two products in 16 bits and saturates; activations of 7 bits
// and weights bounded when they are packed (kPairedLimit) keep even the sum of two such results within 16
// bits.
#include "engine/cpu/product.h"
#include "engine/cpu/x86_features.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define RAPPEL_TARGET __attribute__((target("avx2,fma")))

namespace rappel::cpu {
namespace {

constexpr int kVectors = 2, kTilePanels = 1, kTileRows8 = 4, kTileRows16 = 5;
using Ints = __m256i;
using Floats = __m256;

RAPPEL_TARGET inline Ints zero() { return _mm256_setzero_si256(); }
RAPPEL_TARGET inline Ints load(const std::byte* p) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(p));
}
RAPPEL_TARGET inline Ints broadcast(const std::byte* p) {
  return _mm256_castps_si256(_mm256_broadcast_ss(reinterpret_cast<const float*>(p)));
}
RAPPEL_TARGET inline Ints dot8(Ints sum, Ints a0, Ints b0, Ints a1, Ints b1) {
  const Ints four = _mm256_add_epi16(_mm256_maddubs_epi16(a0, b0), _mm256_maddubs_epi16(a1, b1));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(four, _mm256_set1_epi16(1)));
}
RAPPEL_TARGET inline Ints dot16(Ints sum, Ints a, Ints b) {
  return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
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
  static const Product product{"avx2", Format::kInt8, 127, true, kTileRows8, &multiply_panels<Format::kInt8>};
  return x86_features().avx2 ? &product : nullptr;
}
const Product* avx2_int16() {
  static const Product product{"avx2", Format::kInt16, 0,
                               false,  kTileRows16,    &multiply_panels<Format::kInt16>};
  return x86_features().avx2 ? &product : nullptr;
}
#else
const Product* avx2_int8() { return nullptr; }
const Product* avx2_int16() { return nullptr; }
#endif

}  // namespace rappel::cpu
