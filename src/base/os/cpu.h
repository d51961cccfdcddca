// What the machine gives this process: cores (affinity and cgroup quota respected), memory, names.
#pragma once

#include <cstdint>
#include <string>

namespace rappel {

struct CpuInfo {
  std::string model;               // "AMD EPYC 7763 64-Core Processor"
  std::string architecture;        // "x86_64", "aarch64"
  int online = 1;                  // logical CPUs of the machine
  int allowed = 1;                 // of those, by affinity mask
  double quota = 0;                // cgroup v1/v2 CPU quota in cores, 0 = none
  std::uint64_t memory_bytes = 0;  // physical memory, or the cgroup limit when that is lower
  // Threads worth starting: allowed CPUs, cut to the quota (rounded up), at least 1.
  int usable_threads() const;
  // "2 of 8 CPUs allowed, quota of 1.5 CPUs"
  std::string cores() const;
};

CpuInfo read_cpu_info();

// Resident memory of this process now, and its peak, in bytes; 0 where the system does not say.
std::uint64_t resident_bytes();
std::uint64_t peak_resident_bytes();

// CPU time of all threads so far, user and system.
double process_cpu_seconds();

}  // namespace rappel
