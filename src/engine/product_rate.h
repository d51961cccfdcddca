// Speed of a plain matrix product on a device: the upper bound that the speed of a model is compared with.
#pragma once

#include "base/status.h"
#include "engine/device.h"

namespace rappel {

// Operations per second (a multiply-add counts as two) of [512, inputs] by [inputs, outputs] with weights of
// `kind`, the best pass within `seconds`. Errors: those of the device.
Result<double> product_rate(Device& device, WeightKind kind, int inputs, int outputs, double seconds);

}  // namespace rappel
