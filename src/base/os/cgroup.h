// Control groups (cgroup v2 and v1): the CPU and memory limits of a process and how often they were hit.
//
// The groups of a process form a path up to the root; a limit anywhere on the path applies. All values are
// read as text and are empty if the system has no control groups (macOS) or hides them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rappel {

// Where the kernel's files are; tests use another folder.
struct KernelFiles {
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

// Files of the most relevant group on the path: for CPU time the group that was throttled most often, for
// memory the group with the lowest limit. Empty texts: no such group.
struct CgroupTexts {
  std::string cpu_folder;
  double cpu_quota = 0;             // cores; 0 = none
  std::string cpu_stat;             // cpu.stat: "nr_periods 10\nnr_throttled 2\n.."
  std::uint64_t memory_limit = 0;   // bytes; 0 = none
  std::uint64_t memory_in_use = 0;  // in that group, without reclaimable page cache
  // memory.events of the process's own group: "oom_kill 1" among others (v1: memory.oom_control). If it
  // counts no kill but the group with the limit does, the events of that group. Groups further up belong to
  // the whole machine and are ignored.
  std::string memory_events;
  bool own_events = true;  // false: events of the group with the limit, which may hold other processes too
};
// `process`: a process id, or "self".
CgroupTexts read_cgroup(const std::string& process = "self", const KernelFiles& files = {});

// The number after `key` in lines of the form "key value", or "key: value unit" as in /proc.
std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key);

}  // namespace rappel
