// The hardware available to this process: cores (CPU affinity and cgroup quota included), memory, CPU model.
#pragma once

#include <cstdint>
#include <string>

namespace rappel {

struct CpuInfo {
  std::string model;               // "AMD EPYC 7763 64-Core Processor"
  std::string architecture;        // "x86_64", "aarch64"
  int online = 1;                  // logical CPUs of the machine
  int allowed = 1;                 // by the affinity mask
  double quota = 0;                // cgroup v1/v2 CPU quota in cores, 0 = none
  std::uint64_t memory_bytes = 0;  // physical memory, or the cgroup limit if it is lower
  // Number of compute threads to start: min(allowed, quota rounded up), at least 1.
  int usable_threads() const;
  // "2 of 8 CPUs allowed, quota of 1.5 CPUs"
  std::string cores() const;
};

CpuInfo read_cpu_info();

// Resident memory of this process now, and its peak, in bytes; 0 if unknown.
std::uint64_t resident_bytes();
std::uint64_t peak_resident_bytes();

// User and system CPU time of all threads so far.
double process_cpu_seconds();

}  // namespace rappel
