#include "index/simd_targets.h"
// Before Highway.
#include "index/dense/kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "index/dense/kernels.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace rappel {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::CappedTag<float, 16>;

// Rows that are estimated together.
constexpr std::size_t kGroup = 8;
// Bytes that are fetched ahead of a scan, and rows ahead of scattered reads.
constexpr std::size_t kAheadBytes = 4096, kAheadRows = 6;

// s of one row, still spread over the lanes.
template <class D>
HWY_INLINE hn::Vec<D> plane_sums(D d, const std::uint64_t* HWY_RESTRICT row,
                                 const std::uint64_t* HWY_RESTRICT planes, std::size_t words) {
  auto sum = hn::Zero(d);
  for (int j = 3; j >= 0; --j) {
    sum = hn::Add(sum, sum);
    const std::uint64_t* plane = planes + static_cast<std::size_t>(j) * words;
    for (std::size_t w = 0; w < words; w += hn::Lanes(d))
      sum = hn::Add(sum, hn::PopulationCount(hn::And(hn::LoadU(d, row + w), hn::LoadU(d, plane + w))));
  }
  return sum;
}

// The sums of the lanes of eight vectors.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
HWY_INLINE void store_sums(hn::CappedTag<std::uint64_t, 8> /*d*/,
                           const hn::Vec<hn::CappedTag<std::uint64_t, 8>>* v, std::uint32_t* out) {
  // A function, because a lambda would lose the target's instructions.
#define RAPPEL_PAIR(a, b) \
  _mm512_add_epi64(_mm512_unpacklo_epi64((a).raw, (b).raw), _mm512_unpackhi_epi64((a).raw, (b).raw))
#define RAPPEL_FOLD(a, b) _mm512_add_epi64(_mm512_shuffle_i64x2(a, b, 0x88), _mm512_shuffle_i64x2(a, b, 0xdd))
  const __m512i ab = RAPPEL_FOLD(RAPPEL_PAIR(v[0], v[1]), RAPPEL_PAIR(v[2], v[3]));
  const __m512i cd = RAPPEL_FOLD(RAPPEL_PAIR(v[4], v[5]), RAPPEL_PAIR(v[6], v[7]));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_cvtepi64_epi32(RAPPEL_FOLD(ab, cd)));
#undef RAPPEL_PAIR
#undef RAPPEL_FOLD
}
#endif
template <class D>
HWY_INLINE void store_sums(D d, const hn::Vec<D>* v, std::uint32_t* out) {
  for (std::size_t r = 0; r < kGroup; ++r)
    out[r] = static_cast<std::uint32_t>(hn::GetLane(hn::SumOfLanes(d, v[r])));
}

// kWords: the words of a row where the compiler shall know them, 0 otherwise.
template <std::size_t kWords, class D>
HWY_INLINE void group_sums(D d, const std::uint64_t* rows, const CodeQuery& query, std::uint32_t* out) {
  const std::size_t words = kWords == 0 ? query.words : kWords;
  hn::Vec<D> sums[kGroup];
  for (std::size_t r = 0; r < kGroup; ++r) {
    const std::uint64_t* row = rows + r * words;
    for (std::size_t w = 0; w < words; w += 8) hwy::Prefetch(row + w + kAheadBytes / sizeof(std::uint64_t));
    sums[r] = plane_sums(d, row, query.planes, words);
  }
  store_sums(d, sums, out);
}

template <std::size_t kWords, class D>
HWY_INLINE void block_sums(D d, const CodeBlock& block, const CodeQuery& query, std::uint64_t wanted,
                           std::uint32_t* out) {
  for (std::size_t g = 0; g < kCodeBlock; g += kGroup)
    if ((wanted >> g & 0xff) != 0) group_sums<kWords>(d, block.codes + g * query.words, query, out + g);
}

std::uint64_t estimate_block_simd(const CodeBlock& block, const CodeQuery& query, std::uint64_t wanted,
                                  float bar, float* HWY_RESTRICT out) {
  alignas(64) std::uint32_t sums[kCodeBlock];
  const hn::CappedTag<std::uint64_t, 8> wide;
  const hn::CappedTag<std::uint64_t, 4> narrow;
  if (query.words == 8) {
    block_sums<8>(wide, block, query, wanted, sums);
  } else if (query.words == 16) {
    block_sums<16>(wide, block, query, wanted, sums);
  } else if (query.words % hn::Lanes(wide) == 0) {
    block_sums<0>(wide, block, query, wanted, sums);
  } else {
    block_sums<0>(narrow, block, query, wanted, sums);
  }
  const Floats d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<std::uint16_t, decltype(d)> d16;
  const auto low = hn::Set(d, 2 * query.low), step = hn::Set(d, 2 * query.step),
             total = hn::Set(d, query.total);
  const auto base = hn::Set(d, query.base), least = hn::Set(d, bar);
  std::uint64_t good = 0;
  for (std::size_t i = 0; i < kCodeBlock; i += hn::Lanes(d)) {
    const auto s = hn::ConvertTo(d, hn::BitCast(di, hn::Load(hn::RebindToUnsigned<decltype(d)>(), sums + i)));
    const auto ones = hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(d16, block.ones + i)));
    const auto dot = hn::MulAdd(low, ones, hn::MulSub(step, s, total));
    const auto estimate =
        hn::MulAdd(hn::LoadU(d, block.factor + i), dot, hn::Add(hn::LoadU(d, block.offset + i), base));
    hn::StoreU(estimate, d, out + i);
    std::uint8_t bits[8] = {};
    (void)hn::StoreMaskBits(d, hn::Ge(estimate, least), bits);
    good |= (std::uint64_t{bits[0]} | std::uint64_t{bits[1]} << 8) << i;
  }
  return good & wanted;
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE std::int32_t fine_dot(const std::uint8_t* HWY_RESTRICT row, const std::int16_t* HWY_RESTRICT query,
                                 std::size_t padded) {
  std::int32_t sum = 0;
  for (std::size_t g = 0; g < padded; g += kFineGroup)
    for (std::size_t i = 0; i < kFineGroup / 2; ++i) {
      const std::uint8_t byte = row[g / 2 + i];
      sum += (byte & 15) * query[g + i] + (byte >> 4) * query[g + kFineGroup / 2 + i];
    }
  return sum;
}
#else
HWY_INLINE std::int32_t fine_dot(const std::uint8_t* HWY_RESTRICT row, const std::int16_t* HWY_RESTRICT query,
                                 std::size_t padded) {
  const hn::CappedTag<std::int16_t, kFineGroup / 2> d16;
  const hn::Rebind<std::uint8_t, decltype(d16)> d8;
  const hn::RepartitionToWide<decltype(d16)> d32;
  auto low0 = hn::Zero(d32), low1 = low0, high0 = low0, high1 = low0;
  const auto nibble = hn::Set(d8, std::uint8_t{15});
  for (std::size_t g = 0; g < padded; g += kFineGroup)
    for (std::size_t i = 0; i < kFineGroup / 2; i += hn::Lanes(d16)) {
      const auto bytes = hn::LoadU(d8, row + g / 2 + i);
      low0 = hn::ReorderWidenMulAccumulate(d32, hn::PromoteTo(d16, hn::And(bytes, nibble)),
                                           hn::LoadU(d16, query + g + i), low0, low1);
      high0 = hn::ReorderWidenMulAccumulate(d32, hn::PromoteTo(d16, hn::ShiftRight<4>(bytes)),
                                            hn::LoadU(d16, query + g + kFineGroup / 2 + i), high0, high1);
    }
  return hn::GetLane(hn::SumOfLanes(d32, hn::Add(hn::Add(low0, low1), hn::Add(high0, high1))));
}
#endif

void fine_dots_simd(std::span<const std::uint8_t* const> rows, std::span<const std::int16_t> query,
                    std::int32_t* HWY_RESTRICT out) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + kAheadRows < rows.size())
      for (std::size_t b = 0; b < query.size() / 2; b += 64) hwy::Prefetch(rows[i + kAheadRows] + b);
    out[i] = fine_dot(rows[i], query.data(), query.size());
  }
}

// Values at a distance of `half` lanes change places.
template <std::size_t kHalf>
HWY_INLINE hn::Vec<Floats> swapped([[maybe_unused]] Floats d, hn::Vec<Floats> v) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (kHalf == 1) return hn::Shuffle2301(v);
  if constexpr (kHalf == 2) return hn::Shuffle1032(v);
#endif
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  if constexpr (kHalf == 4) return hn::SwapAdjacentBlocks(v);
  if constexpr (kHalf == 8) return hn::ConcatLowerUpper(d, v, v);
#endif
  return v;
}

// Each step: a, b -> a + b, a - b for values at a distance of kHalf within a vector.
template <std::size_t kHalf>
HWY_INLINE void hadamard_within(float* HWY_RESTRICT values, std::size_t n) {
  const Floats d;
  if (kHalf >= hn::Lanes(d) || kHalf >= n) return;
  alignas(64) float signs[16];
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) signs[i] = (i & kHalf) == 0 ? 1.0f : -1.0f;
  const auto sign = hn::Load(d, signs);
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto v = hn::LoadU(d, values + i);
    hn::StoreU(hn::MulAdd(sign, v, swapped<kHalf>(d, v)), d, values + i);
  }
}

void multiply_simd(float* HWY_RESTRICT values, const float* HWY_RESTRICT by, std::size_t n) {
  const Floats d;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d))
    hn::StoreU(hn::Mul(hn::LoadU(d, values + i), hn::LoadU(d, by + i)), d, values + i);
  for (; i < n; ++i) values[i] *= by[i];
}

void walsh_hadamard_simd(float* HWY_RESTRICT values, std::size_t n, float scale) {
  const Floats d;
  std::size_t half = 1;
  if (n >= hn::Lanes(d)) {
    hadamard_within<1>(values, n);
    hadamard_within<2>(values, n);
    hadamard_within<4>(values, n);
    hadamard_within<8>(values, n);
    for (half = hn::Lanes(d); half < n; half *= 2)
      for (std::size_t i = 0; i < n; i += 2 * half)
        for (std::size_t j = i; j < i + half; j += hn::Lanes(d)) {
          const auto a = hn::LoadU(d, values + j), b = hn::LoadU(d, values + j + half);
          hn::StoreU(hn::Add(a, b), d, values + j);
          hn::StoreU(hn::Sub(a, b), d, values + j + half);
        }
  }
  for (; half < n; half *= 2)
    for (std::size_t i = 0; i < n; i += 2 * half)
      for (std::size_t j = i; j < i + half; ++j) {
        const float a = values[j], b = values[j + half];
        values[j] = a + b;
        values[j + half] = a - b;
      }
  for (std::size_t i = 0; i < n; ++i) values[i] *= scale;
}

float quantize_fine_simd(const float* HWY_RESTRICT values, std::size_t padded, float inverse,
                         std::uint8_t* HWY_RESTRICT row) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const hn::Rebind<std::uint8_t, Floats> d8;
  const auto scale = hn::Set(d, inverse), half = hn::Set(d, 8.0f), centre = hn::Set(d, 7.5f);
  const auto most = hn::Set(d, 15.0f);
  auto along = hn::Zero(d);
  alignas(64) std::uint8_t nibbles[kFineGroup];
  for (std::size_t g = 0; g < padded; g += kFineGroup) {
    for (std::size_t i = 0; i < kFineGroup; i += hn::Lanes(d)) {
      const auto v = hn::LoadU(d, values + g + i);
      const auto u = hn::Min(hn::Max(hn::Floor(hn::MulAdd(v, scale, half)), hn::Zero(d)), most);
      along = hn::MulAdd(hn::Sub(u, centre), v, along);
      hn::Store(hn::DemoteTo(d8, hn::ConvertTo(di, u)), d8, nibbles + i);
    }
    for (std::size_t i = 0; i < kFineGroup / 2; ++i)
      row[g / 2 + i] = static_cast<std::uint8_t>(nibbles[i] | nibbles[i + kFineGroup / 2] << 4);
  }
  return hn::GetLane(hn::SumOfLanes(d, along));
}

SignSums quantize_signs_simd(const float* HWY_RESTRICT values, std::size_t count,
                             std::uint64_t* HWY_RESTRICT code) {
  const Floats d;
  auto squares = hn::Zero(d), absolute = squares;
  for (std::size_t w = 0; w < count; w += 64) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 64; i += hn::Lanes(d)) {
      const auto v = hn::LoadU(d, values + w + i);
      squares = hn::MulAdd(v, v, squares);
      absolute = hn::Add(absolute, hn::Abs(v));
      std::uint8_t bits[8] = {};
      (void)hn::StoreMaskBits(d, hn::Gt(v, hn::Zero(d)), bits);
      word |= (std::uint64_t{bits[0]} | std::uint64_t{bits[1]} << 8) << i;
    }
    code[w / 64] = word;
  }
  return {hn::GetLane(hn::SumOfLanes(d, squares)), hn::GetLane(hn::SumOfLanes(d, absolute))};
}

// Rows and directions of a tile: as many sums as there are registers, so that each value is loaded once for
// several products. Directions are walked in blocks that stay in the second cache while all rows pass.
constexpr std::size_t kTileRows = 4;
constexpr std::size_t kTileDirections = HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 ? 2 : 4;
constexpr std::size_t kBlockDirections = 32;

// Each sum is made in the same order in a tile of any size.
template <std::size_t kRows, std::size_t kDirections>
HWY_INLINE void project(const float* HWY_RESTRICT rows, const float* HWY_RESTRICT matrix,
                        std::size_t directions, std::size_t dimension, float* HWY_RESTRICT out) {
  const Floats d;
  const std::size_t whole = dimension / hn::Lanes(d) * hn::Lanes(d);
  hn::Vec<Floats> sums[kRows][kDirections];
  for (auto& of_row : sums)
    for (auto& sum : of_row) sum = hn::Zero(d);
  for (std::size_t i = 0; i < whole; i += hn::Lanes(d)) {
    hn::Vec<Floats> m[kDirections];
    for (std::size_t k = 0; k < kDirections; ++k) m[k] = hn::LoadU(d, matrix + k * dimension + i);
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto x = hn::LoadU(d, rows + r * dimension + i);
      for (std::size_t k = 0; k < kDirections; ++k) sums[r][k] = hn::MulAdd(m[k], x, sums[r][k]);
    }
  }
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t k = 0; k < kDirections; ++k) {
      float sum = hn::GetLane(hn::SumOfLanes(d, sums[r][k]));
      for (std::size_t i = whole; i < dimension; ++i)
        sum += matrix[k * dimension + i] * rows[r * dimension + i];
      out[r * directions + k] = sum;
    }
}

// `kRows` rows and the directions first .. last.
template <std::size_t kRows>
HWY_INLINE void project_block(const float* rows, const float* matrix, std::size_t first, std::size_t last,
                              std::size_t directions, std::size_t dimension, float* out) {
  std::size_t k = first;
  for (; k + kTileDirections <= last; k += kTileDirections)
    project<kRows, kTileDirections>(rows, matrix + k * dimension, directions, dimension, out + k);
  for (; k < last; ++k) project<kRows, 1>(rows, matrix + k * dimension, directions, dimension, out + k);
}

void project_rows_simd(const float* rows, std::size_t count, const float* matrix, std::size_t directions,
                       std::size_t dimension, float* out) {
  for (std::size_t first = 0; first < directions; first += kBlockDirections) {
    const std::size_t last = std::min(directions, first + kBlockDirections);
    std::size_t r = 0;
    for (; r + kTileRows <= count; r += kTileRows)
      project_block<kTileRows>(rows + r * dimension, matrix, first, last, directions, dimension,
                               out + r * directions);
    for (; r < count; ++r)
      project_block<1>(rows + r * dimension, matrix, first, last, directions, dimension,
                       out + r * directions);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace rappel
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace rappel {

HWY_EXPORT(estimate_block_simd);
HWY_EXPORT(fine_dots_simd);
HWY_EXPORT(multiply_simd);
HWY_EXPORT(project_rows_simd);
HWY_EXPORT(quantize_fine_simd);
HWY_EXPORT(quantize_signs_simd);
HWY_EXPORT(walsh_hadamard_simd);

void multiply(float* values, const float* by, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(multiply_simd)(values, by, n);
}

void walsh_hadamard(float* values, std::size_t n, float scale) {
  HWY_DYNAMIC_DISPATCH(walsh_hadamard_simd)(values, n, scale);
}

float quantize_fine(const float* values, std::size_t padded, float inverse, std::uint8_t* row) {
  return HWY_DYNAMIC_DISPATCH(quantize_fine_simd)(values, padded, inverse, row);
}

SignSums quantize_signs(const float* values, std::size_t count, std::uint64_t* code) {
  return HWY_DYNAMIC_DISPATCH(quantize_signs_simd)(values, count, code);
}

std::uint64_t estimate_block(const CodeBlock& block, const CodeQuery& query, std::uint64_t wanted, float bar,
                             float* out) {
  return HWY_DYNAMIC_DISPATCH(estimate_block_simd)(block, query, wanted, bar, out);
}

void fine_dots(std::span<const std::uint8_t* const> rows, std::span<const std::int16_t> query,
               std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(fine_dots_simd)(rows, query, out);
}

float dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  project_rows(a.data(), 1, b.data(), 1, a.size(), &sum);
  return sum;
}

void project_rows(const float* rows, std::size_t count, const float* matrix, std::size_t directions,
                  std::size_t dimension, float* out) {
  HWY_DYNAMIC_DISPATCH(project_rows_simd)(rows, count, matrix, directions, dimension, out);
}

}  // namespace rappel
#endif
