// The Metal device of builds without MLX (RAPPEL_METAL=OFF): every call returns an error that says so.
#include "engine/metal/metal_device.h"

namespace rappel {

bool metal_built() { return false; }
bool metal_present() { return false; }

Result<std::unique_ptr<Device>> make_metal_device(const MetalDeviceOptions&) {
  return Status(Code::kUnsupported,
                "this build has no Metal device (mps); on a Mac with an Apple chip run scripts/install-mlx "
                "and build "
                "with -DRAPPEL_METAL=ON")
      .with_id("device-missing");
}

}  // namespace rappel
