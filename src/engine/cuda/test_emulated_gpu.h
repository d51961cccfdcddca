// A Gpu without a graphics processor: the kernels through test_emulation.h, products by plain loops, memory
// of the host. It counts, and fails when a test says so.
#pragma once

#include <functional>
#include <memory>

#include "engine/cuda/gpu.h"

namespace rappel::cuda {

// What tests see and set; must outlive the Gpu.
struct EmulatedGpuControl {
  std::size_t live_bytes = 0, live_blocks = 0;  // of device and host memory
  int allocations = 0, runs = 0, trims = 0, repeats = 0;
  int compute_capability = 90;
  std::vector<Command> last;  // of the latest run
  std::function<Status(std::size_t bytes)> on_allocate = [](std::size_t) { return Status(); };
  std::function<Status()> on_run = [] { return Status(); };
};

std::unique_ptr<Gpu> make_emulated_gpu(EmulatedGpuControl& control);

// One command, on the calling thread.
void emulate(const Command& command);

}  // namespace rappel::cuda
