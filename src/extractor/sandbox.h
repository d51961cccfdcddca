// Sandbox: takes from this process what a reader of hostile files does not need. In the end it can
// compute, take memory within a bound, use its three standard descriptors, and end.
//
// Linux: no new privileges, resource limits, Landlock without a rule (no file system, no TCP, no signals to
// others; kernel 5.13), and an allow-list of system calls (seccomp, call_filter.h). macOS: resource
// limits and Seatbelt. Elsewhere: resource limits. Nothing can be taken back. A layer that the system does
// not have is missing, which is no error.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rappel::extractor {

struct SandboxLimits {
  std::size_t memory_bytes = std::size_t{1} << 30;  // of address space, beyond what is in use at the start
  unsigned cpu_seconds = 30;
};

class Sandbox {
 public:
  // Looks at the address space in use, which close_files() makes impossible.
  explicit Sandbox(const SandboxLimits& limits = {});

  // The first half, which children inherit: open and other files, network, most system calls. The process may
  // still fork, and talk over its descriptors.
  void close_files();
  // The second half, of each process that reads a file: memory, CPU time, other calls. `held`: bytes of
  // memory that were taken since the start and do not count. False: a layer of the first half is not
  // complete, and the process must end.
  [[nodiscard]] bool close_process(std::size_t held = 0);

  // The layers that this system gives, as "seccomp" or "Landlock"; the others with the reason.
  const std::vector<std::string>& layers() const { return layers_; }
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  void note(const char* layer, bool closed);
  void close_kernel_files();  // sandbox_linux.cc, sandbox_macos.cc, sandbox_other.cc
  bool close_kernel_calls();

  std::size_t memory_bytes_;
  unsigned cpu_seconds_;
  std::vector<std::string> layers_, missing_;
};

}  // namespace rappel::extractor
