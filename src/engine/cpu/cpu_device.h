// The CPU device: kernels for the instruction set of the machine (target.h) on the thread pool of the
// process.
//
// Every machine supports every weight kind: int8 as 8-bit weights and activations with one scale per 256
// inputs, half as bfloat16 with AMX and as 16-bit fixed point without.
//
// One forward pass is one parallel region of the pool. Within an op, lanes claim tiles from a shared counter,
// so a descheduled lane does not delay the others' work, and then meet at a barrier.
//
// Memory: weights, packed once at upload; embedding tables, read from the mapped file, of which a bounded
// part stays resident; buffers (physical pages are allocated on first write); for quantized kinds one more
// buffer of 8 or 16 bits and, with AMX, the keys and values of long texts in 16 bits; per lane about 0.3 MB
// of scratch for attention, for texts of any length. trim() releases all but weights and buffers. A forward
// pass with the shape of an earlier one allocates nothing.
//
// The pool must outlive the device, and the device everything that it made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "engine/device.h"

namespace rappel {

struct CpuDeviceOptions {
  // Name of the instruction set (cpu_targets()); empty: the best one of the machine.
  std::string target;
  // Resident bytes of a larger mapped embedding table, about; 64 MiB more while a batch is read.
  std::size_t table_bytes = 128 << 20;
  // Limit of packed weights, buffers and scratch together; 0: none. Mapped tables do not count.
  std::uint64_t memory_limit = 0;
};

// Names of the instruction sets that this machine can run (the list is in target.cc), fastest first; never
// empty.
std::vector<std::string> cpu_targets();

// Instruction sets in this build, fastest first, with the features that this machine lacks.
struct CpuTargetInfo {
  std::string name;
  std::string label;    // "AVX-512 VNNI"
  std::string missing;  // missing features, separated by commas; empty: runs here
};
std::vector<CpuTargetInfo> built_cpu_targets();

// Instruction set extensions that this process may use, of those that some target requires.
std::vector<std::string> usable_cpu_features();

// Aborts for an unknown target: check against cpu_targets() first.
std::unique_ptr<Device> make_cpu_device(ThreadPool& pool, const CpuDeviceOptions& options);

}  // namespace rappel
