// What a device makes of a plain matrix product: the measure for how near a model comes to what its machine
// can do.
#pragma once

#include "base/status.h"
#include "engine/device.h"

namespace rappel {

// Operations per second (a multiply-add counts as two) of [512, inputs] by [inputs, outputs] with weights of
// `kind`, the best of the passes that fit into `seconds`. Errors: those of the device.
Result<double> product_rate(Device& device, WeightKind kind, int inputs, int outputs, double seconds);

}  // namespace rappel
