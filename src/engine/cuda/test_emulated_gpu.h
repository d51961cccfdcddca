// An emulated Gpu: kernels run through test_emulation.h, products are plain loops, memory is host memory. It
// counts allocations and fails when a test requests it.
#pragma once

#include <functional>
#include <memory>

#include "engine/cuda/gpu.h"

namespace rappel::cuda {

// State that tests read and set; must outlive the Gpu.
struct EmulatedGpuControl {
  std::size_t live_bytes = 0, live_blocks = 0;  // of device and host memory
  int allocations = 0, runs = 0, trims = 0, repeats = 0;
  int compute_capability = 90;
  std::vector<Command> last;  // commands of the latest run
  std::function<Status(std::size_t bytes)> on_allocate = [](std::size_t) { return Status(); };
  std::function<Status()> on_run = [] { return Status(); };
};

std::unique_ptr<Gpu> make_emulated_gpu(EmulatedGpuControl& control);

// Runs one command on the calling thread.
void emulate(const Command& command);

}  // namespace rappel::cuda
