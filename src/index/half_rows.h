// Widens rows of float16 (IEEE 754 binary16) with the widest SIMD instructions of the machine. Exact.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rappel {

void widen_halves(const std::uint16_t* halves, std::size_t count, float* out);

}  // namespace rappel
