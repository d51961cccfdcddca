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

// The files of the group on the way up that says most: for CPU time the one that was held up most often, for
// memory the one with the least limit. Empty texts: no such group.
struct CgroupTexts {
  std::string cpu_folder;
  double cpu_quota = 0;             // cores; 0 = none
  std::string cpu_stat;             // cpu.stat: "nr_periods 10\nnr_throttled 2\n.."
  std::uint64_t memory_limit = 0;   // bytes; 0 = none
  std::uint64_t memory_in_use = 0;  // of that, without what the page cache could give back
  // memory.events of the process's own group: "oom_kill 1" among others (v1: memory.oom_control). Where that
  // counts no kill, of the group with the limit, if it does; groups above, the whole machine's, do not count.
  std::string memory_events;
  bool own_events = true;  // false: of the group with the limit, so of other processes, too
};
// `process`: a number, or "self".
CgroupTexts read_cgroup(const std::string& process = "self", const KernelFiles& files = {});

// The number behind `key` in lines of "key value", or "key: value unit" as /proc has them.
std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key);

}  // namespace rappel
