// Damage that shows in the numbers of a tensor.
#pragma once

#include "formats/tensor_view.h"

namespace rappel {

// Whether no element is NaN or infinite. Only floating-point types.
bool is_finite(const TensorView& tensor);

}  // namespace rappel
