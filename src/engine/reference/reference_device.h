// The reference device: a naive implementation of every op, in double precision on one thread. Tests compare
// the other devices with it, on small batches only, because its loops are slow.
#pragma once

#include <memory>

#include "engine/device.h"

namespace rappel {

// WeightKind::kFloat32 only. Weights are copied as float, activations are double.
std::unique_ptr<Device> make_reference_device();

}  // namespace rappel
