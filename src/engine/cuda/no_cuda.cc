// The CUDA device of a build without CUDA: every call returns an error that says so.
#include "engine/cuda/cuda_device.h"

namespace rappel {

bool cuda_built() { return false; }

CudaReport cuda_report() {
  return {{},
          "this build has no CUDA device (it was configured with RAPPEL_CUDA=OFF; docs/cuda.md says how "
          "to build it)"};
}

Result<std::unique_ptr<Device>> make_cuda_device(int, const MemoryLimit&) {
  return Status(Code::kUnsupported, cuda_report().reason).with_id("device-missing");
}

}  // namespace rappel
