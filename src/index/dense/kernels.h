// The inner loops of dense search, with the widest SIMD instructions of the machine (Highway, chosen at run
// time). kernels_test.cc compares them with plain loops for every instruction set that the machine can run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rappel {

// Codes come in blocks of this many rows.
constexpr std::size_t kCodeBlock = 64;
// Code words (64 bits each) of a row are padded to a multiple of this.
constexpr std::size_t kCodeWordPad = 4;
// Dimensions of 4-bit rows are padded to a multiple of this: the first half of each group lies in the low
// nibbles of its bytes, the second half in the high ones.
constexpr std::size_t kFineGroup = 128;

// Query of the 1-bit codes, quantized to u = 0 .. 15 per dimension: q'_i = low + step * u_i.
struct CodeQuery {
  const std::uint64_t* planes = nullptr;  // 4 x words; plane j holds bit j of each u
  std::size_t words = 0;                  // multiple of kCodeWordPad
  float base = 0, low = 0, step = 0;      // base: q . mean
  float total = 0;                        // sum of the q'_i
};

// 64 rows of codes; the arrays may lie at any address.
struct CodeBlock {
  const std::uint64_t* codes = nullptr;  // 64 x words
  const float* factor = nullptr;         // |y|^2 / sum |y_i| (y: the row in the directions of the code)
  const float* offset = nullptr;         // mean . (x - mean)
  const std::uint16_t* ones = nullptr;   // bits that are set
};

// out[i]: the estimate of q . x_i (RaBitQ, Gao and Long 2024) = base + offset_i + factor_i * (2 * (low *
// ones_i
// + step * s_i) - total), s_i: sum of u over the set bits. Returns a bit for each row of `wanted` whose
// estimate is at least `bar`; estimates of other rows may be missing.
std::uint64_t estimate_block(const CodeBlock& block, const CodeQuery& query, std::uint64_t wanted, float bar,
                             float* out);

// out[i] = sum over dimensions of nibble x query for the 4-bit row at rows[i]. The query has a multiple of
// kFineGroup values below 2^11.
void fine_dots(std::span<const std::uint8_t* const> rows, std::span<const std::int16_t> query,
               std::int32_t* out);

// values[i] *= by[i].
void multiply(float* values, const float* by, std::size_t n);

// The Walsh-Hadamard transform of n values, n a power of two, times `scale`; in place.
void walsh_hadamard(float* values, std::size_t n, float scale);

// Writes a 4-bit row: u_i = floor(values_i * inverse + 8), clamped to 0 .. 15, for `padded` values (a
// multiple of kFineGroup). Returns the sum of (u_i - 7.5) * values_i.
float quantize_fine(const float* values, std::size_t padded, float inverse, std::uint8_t* row);

struct SignSums {
  float squares = 0;   // sum of squares
  float absolute = 0;  // sum of absolute values
};
// Bit i of the code: values_i > 0. `count` is a multiple of 64.
SignSums quantize_signs(const float* values, std::size_t count, std::uint64_t* code);

// The dot product of two vectors of one length, summed in the order of project_rows().
float dot(std::span<const float> a, std::span<const float> b);

// out[r * directions + k] = row r . direction k. Both are row-major with `dimension` floats a row.
void project_rows(const float* rows, std::size_t count, const float* matrix, std::size_t directions,
                  std::size_t dimension, float* out);

}  // namespace rappel
