// The vectors of a text's tokens (ColBERT) with 8 bits a dimension, as stores keep them.
#pragma once

#include <cstddef>
#include <span>

#include "store/types.h"

namespace rappel {

// `vectors`: token by token, `dimension` finite values each. The largest value of a token gets the code 127
// or -127.
TokenVectors quantize_tokens(std::span<const float> vectors, std::size_t dimension);

}  // namespace rappel
