// The reference device: every op written the plain way, in double precision on one thread. It is the judge of
// the others and of nothing but small batches: attention takes time and the time of a naive loop.
#pragma once

#include <memory>

#include "engine/device.h"

namespace rappel {

// WeightKind::kFloat32 only. Weights are copied as float, activations are double.
std::unique_ptr<Device> make_reference_device();

}  // namespace rappel
