// Other processes of this machine: who listens on a port, who has a file open, and what such a process is.
// Read from /proc: what belongs to another user, and everything on a system without it, stays unknown.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/os/cgroup.h"

namespace rappel {

struct ProcessInfo {
  int pid = 0;
  std::string name;                   // "rappel", "python3"
  std::filesystem::path stderr_file;  // when its standard error goes to a file
  std::string status;                 // /proc/N/status
  std::string limits;                 // /proc/N/limits
};

// Nothing when the process is gone or may not be looked at.
std::optional<ProcessInfo> process_info(int pid, const KernelFiles& files = {});

struct Listener {
  bool there = false;  // somebody listens on this TCP port
  int pid = 0;         // 0: of another user, or unknown
};
// `address`: an IP address; who listens there, or on all addresses, counts. Any other text: on any address.
Listener listener_of(std::uint16_t port, const KernelFiles& files = {}, const std::string& address = "");

// Processes, this one apart, that have the file open.
std::vector<int> users_of(const std::filesystem::path& file, const KernelFiles& files = {});

// The soft limit of open files in the text of /proc/N/limits; 0 = not known or none.
std::uint64_t open_files_limit(std::string_view limits);

}  // namespace rappel
