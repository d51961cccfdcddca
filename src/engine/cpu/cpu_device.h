// The CPU device: float32 kernels for the instruction set of the machine (kernels.h), on the process's thread
// pool.
//
// One forward pass is one parallel region of the pool; inside an op lanes claim tiles from a counter, so a
// lane that the system holds up delays nobody, and meet at a barrier. Memory: weights packed once at upload,
// embedding tables read from the mapped file, buffers as allocated (physical pages are taken when first
// written), and per lane a scratch of about 0.3 MB for attention whatever the length of a text. A forward
// pass allocates nothing once it has seen the head size.
//
// The pool must outlive the device, the device everything that it made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "engine/device.h"

namespace rappel {

struct CpuDeviceOptions {
  // Instruction set by name (cpu_targets()); empty = the best of the machine.
  std::string target;
};

// What this machine can run, best first: "avx512", "avx2", "sse4", "portable" on x86-64.
std::vector<std::string> cpu_targets();

// An unknown target is the caller's mistake: check against cpu_targets() first.
std::unique_ptr<Device> make_cpu_device(ThreadPool& pool, const CpuDeviceOptions& options);

}  // namespace rappel
