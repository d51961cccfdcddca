// The CPU device: kernels for the instruction set of the machine (target.h), on the process's thread pool.
//
// Every weight kind is there on every machine: int8 as 8-bit weights and activations with a scale per 256
// inputs, half as bfloat16 where there is AMX and as 16-bit fixed point elsewhere.
//
// One forward pass is one parallel region of the pool; inside an op lanes claim tiles from a counter, so a
// lane that the system holds up delays nobody, and meet at a barrier. Memory: weights packed once at upload,
// embedding tables read from the mapped file (of which little stays resident), buffers as allocated (physical
// pages are taken when first written), for reduced kinds one more such buffer of 8 or 16 bits and, with AMX,
// the keys and values of long texts in 16 bits, and per lane a scratch of about 0.3 MB for attention whatever
// the length of a text. All but weights and buffers goes back with trim(). A forward pass like an earlier one
// allocates nothing.
//
// The pool must outlive the device, the device everything that it made.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "engine/device.h"

namespace rappel {

struct CpuDeviceOptions {
  // Instruction set by name (cpu_targets()); empty = the best of the machine.
  std::string target;
  // Of a mapped embedding table that is larger about this much may be resident, and 64 MiB more while a batch
  // is read.
  std::size_t table_bytes = 128 << 20;
  // Of packed weights, buffers and scratch together; 0 = none. Mapped tables do not count.
  std::uint64_t memory_limit = 0;
};

// What this machine can run, best first: "amx", "avx512vnni", "avx512", "avxvnni", "avx2", "sse4" or
// "portable" on x86-64, "neon_i8mm", "neon_dotprod" or "neon" on aarch64.
std::vector<std::string> cpu_targets();

// What this build has code for, best first, and what this machine lacks for it.
struct CpuTargetInfo {
  std::string name;
  std::string label;    // "AVX-512 VNNI"
  std::string missing;  // features, separated by commas; empty = it runs here
};
std::vector<CpuTargetInfo> built_cpu_targets();

// Instructions that the processor and the system let this process use, of those that some target asks for.
std::vector<std::string> usable_cpu_features();

// An unknown target is the caller's mistake: check against cpu_targets() first.
std::unique_ptr<Device> make_cpu_device(ThreadPool& pool, const CpuDeviceOptions& options);

}  // namespace rappel
