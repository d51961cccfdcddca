// Other processes of this machine: which one listens on a port, which ones have a file open, and their name
// and limits. Read from /proc; unknown for processes of other users and on systems without /proc.
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
  std::filesystem::path stderr_file;  // set if its standard error is a file
  std::string status;                 // /proc/N/status
  std::string limits;                 // /proc/N/limits
};

// nullopt if the process does not exist or may not be inspected.
std::optional<ProcessInfo> process_info(int pid, const KernelFiles& files = {});

struct Listener {
  bool there = false;  // some process listens on this TCP port
  int pid = 0;         // 0: unknown (for example a process of another user)
};
// `address`: an IP address; listeners on it or on all addresses count. Any other text: on any address.
Listener listener_of(std::uint16_t port, const KernelFiles& files = {}, const std::string& address = "");

// Other processes that have the file open.
std::vector<int> users_of(const std::filesystem::path& file, const KernelFiles& files = {});

// The running program's file; empty if it is not known.
std::filesystem::path own_program();

// The soft limit of open files in the text of /proc/N/limits; 0 = not known or none.
std::uint64_t open_files_limit(std::string_view limits);

}  // namespace rappel
