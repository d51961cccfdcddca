// The inner loop of exact search: dot products of one query with many rows, with the widest SIMD instructions
// of the machine (Highway, chosen at run time). The score of a row depends only on the row and the query, not
// on its neighbours or its position.
#pragma once

#include <cstddef>

namespace rappel {

// Rows and queries are padded with zeros to a multiple of this many floats.
constexpr std::size_t kFlatScanPad = 16;

// out[i] = dot(query, rows + i * stride) for i < count; stride is a multiple of kFlatScanPad, both arrays are
// aligned to 64 bytes.
void scan_rows(const float* query, const float* rows, std::size_t count, std::size_t stride, float* out);

}  // namespace rappel
