// Control groups: what limits a process in CPU time and memory, and how often the limit was felt. cgroup v2
// and v1.
//
// The groups of a process form a path up to the root; a limit anywhere on it counts. Everything is read as
// text and missing where the system has no groups (macOS) or hides them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rappel {

// Where the kernel's files are; another place in tests.
struct KernelFiles {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

// The folder of a process below /sys/fs/cgroup for a v1 controller, or for v2 when `controller` is empty; ""
// when there is none. `process`: a number, or "self".
std::string cgroup_folder(const std::string& controller, const std::string& process = "self",
                          const KernelFiles& files = {});

// The files of the group on the way up that says most: for CPU time the one that was held up most often, for
// memory the one with the least limit. Empty texts: no such group.
struct CgroupTexts {
  std::string cpu_folder;
  double cpu_quota = 0;  // cores; 0 = none
  std::string cpu_stat;  // cpu.stat: "nr_periods 10\nnr_throttled 2\n.."
  std::string memory_folder;
  std::uint64_t memory_limit = 0;   // bytes; 0 = none
  std::uint64_t memory_in_use = 0;  // of that, without what the page cache could give back
  std::string memory_events;        // "oom_kill 1" among others (v1: memory.oom_control)
};
CgroupTexts read_cgroup(const std::string& process = "self", const KernelFiles& files = {});

// The number behind `key` in lines of "key value", or "key: value unit" as /proc has them.
std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key);

}  // namespace rappel
