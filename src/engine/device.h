// Device: the dozen coarse operations that the encoder needs, and the memory they work on. One folder per implementation:
// reference/ (naive, the judge), cpu/; further ones come behind this same interface.
//
// Placeholder for the engine's author: EncoderOptions needs WeightKind and Device from here.
#pragma once

namespace rappel {

enum class WeightKind { kFloat32 };

class Device {
 public:
  virtual ~Device() = default;
};

}  // namespace rappel
