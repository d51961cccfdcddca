// The AMX tile configuration used in this folder. Include only in files compiled for AMX.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace rappel::cpu {

// Palette 1: tiles 0..7 with 16 rows of 64 bytes.
alignas(64) constexpr std::uint8_t kTileConfig[64] = {
    1,  0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 64, 0, 64, 0,  64, 0,  64, 0,  64, 0,
    64, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0, 0,  0, 16, 16, 16, 16, 16, 16, 16, 16};

}  // namespace rappel::cpu
