#include "extractor/sandbox.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "extractor/kernel/limit.h"
#include "extractor/sanitized.h"

namespace rappel::extractor {
namespace {

// Bytes of address space in use; 0 where it is not known.
std::size_t address_space() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Sandbox::Sandbox(const SandboxLimits& limits)
    : memory_bytes_(address_space() + limits.memory_bytes), cpu_seconds_(limits.cpu_seconds) {}

void Sandbox::close_files() {
  if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_FSIZE, 0)) note("limits of files", false);
  close_kernel_files();
}

bool Sandbox::close_process(std::size_t held) {
  // A sanitizer maps terabytes.
  note("resource limits",
       limit(RLIMIT_CPU, cpu_seconds_) && (kSanitized || limit(RLIMIT_AS, memory_bytes_ + held)));
  return close_kernel_calls();
}

void Sandbox::note(const char* layer, bool closed) {
  if (closed)
    layers_.emplace_back(layer);
  else
    missing_.push_back(std::string(layer) + ": " + std::strerror(errno));
}

}  // namespace rappel::extractor
