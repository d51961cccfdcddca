// Reads every byte of tensor views, so that the address sanitizer reports a view outside the input.
#pragma once

#include <vector>

#include "base/check.h"
#include "formats/tensor_view.h"

namespace rappel {

inline void read_views(const std::vector<TensorView>& tensors) {
  unsigned sum = 0;
  for (const TensorView& tensor : tensors) {
    if (tensor.dtype != DType::kOther)
      RAPPEL_CHECK(tensor.bytes.size() == tensor.elements() * dtype_size(tensor.dtype),
                   "a view holds its elements");
    for (const std::byte b : tensor.bytes) sum += static_cast<unsigned>(b);
  }
  volatile unsigned used = sum;
  (void)used;
}

}  // namespace rappel
