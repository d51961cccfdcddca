// How much of a mapping is resident in this process, for tests that memory was released.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

namespace rappel {

// Resident bytes of the mapping that contains `address` (/proc/self/smaps); nullopt if unknown.
inline std::optional<std::size_t> resident_bytes(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long long begin = 0, end = 0, kib = 0;
    if (std::sscanf(line.c_str(), "%llx-%llx ", &begin, &end) == 2) inside = begin <= wanted && wanted < end;
    if (inside && std::sscanf(line.c_str(), "Rss: %llu kB", &kib) == 1)
      return static_cast<std::size_t>(kib) * 1024;
  }
  return std::nullopt;
}

}  // namespace rappel
