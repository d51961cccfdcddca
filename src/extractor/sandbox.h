// Sandbox: takes from this process what a reader of hostile files does not need. Whatever it has open stays
// open; from then on it can compute, take memory within a bound, write to its open pipes, and end.
//
// Linux: no new privileges, resource limits, Landlock without a rule (no file system, no TCP; kernel 5.13),
// and an allow-list of system calls (seccomp). Elsewhere: resource limits.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"

namespace rappel::extractor {

struct SandboxLimits {
  std::size_t memory_bytes = std::size_t{1} << 30;  // of address space, beyond what is in use now
  unsigned cpu_seconds = 30;
};

// The layers that this system gives, as "seccomp" or "Landlock".
struct Sandbox {
  std::vector<std::string> layers;
  std::vector<std::string> missing;  // with the reason
};

// Cannot be taken back. A layer that the system does not have is missing, which is no error.
Sandbox close_sandbox(const SandboxLimits& limits);

}  // namespace rappel::extractor
