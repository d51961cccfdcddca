// How busy the machine is: whether other programs take CPU time that this process would use, so that a time
// that it measures is noise.
//
// A LoadSample holds counters of one moment; two of them describe the time between. Every reading but the
// process's own CPU time may be missing (macOS, containers that hide /proc). describe_load() uses the most
// direct reading that is there: CPU time of others on the CPUs of this process, time that the hypervisor
// took, time that this process's threads waited for a CPU; then the kernel's pressure; then the load average.
// Limits of the process's own control group are no load: they are the same in every measurement.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/os/cgroup.h"

namespace rappel {

// CPU time of one other process so far.
struct ProcessTime {
  std::string name;
  double cpu = 0;  // seconds
};

// All times in seconds.
struct LoadSample {
  double at = 0;                   // of a steady clock
  double own = 0;                  // CPU time of this process
  std::optional<double> waited;    // its threads were ready and had no CPU
  std::optional<double> all;       // CPU time of every process on the CPUs that this one may use
  std::optional<double> stolen;    // time on those CPUs that the hypervisor gave to other machines
  std::optional<double> pressure;  // some process of the machine was ready and had no CPU
  std::optional<double> average;   // load average of the last minute
  std::uint64_t throttled = 0;     // periods that the control group's CPU quota cut short
  int cpus = 1;                    // that this process may use
};

// CPU time per second of one other process.
struct CpuUser {
  int pid = 0;
  std::string name;
  double cpus = 0;
};

struct LoadReport {
  bool busy = false;
  // CPUs that other programs used, as far as it is known.
  std::optional<double> others;
  // "other programs use 1.8 of 2 CPUs, rappel's threads waited 61 % of their time for a CPU, pressure 97 %,
  // load average 10.8": what was read, the deciding one first.
  std::string evidence;
};

// Seconds between two samples that their counters of 10 ms need.
constexpr double kShortestLook = 0.1;

// The load between two samples of a process that computes with `threads` threads. `share`: the fraction of
// the wall time that each of those threads should have computed; 0 = not known (the process waited, or
// a GPU computed).
LoadReport describe_load(const LoadSample& before, const LoadSample& after, int threads, double share = 0);

// The counters now. `cpus`: numbers of the CPUs that count in /proc/stat.
LoadSample read_load(const KernelFiles& files, const std::vector<int>& cpus);
// The same of this machine and the CPUs that this process may use. The one function of the program that reads
// the load: a test program replaces it (load_now.cc).
LoadSample load_now();

// CPU times of the other processes that /proc shows, by process id.
std::map<int, ProcessTime> process_times(const KernelFiles& files = {});
// Those that used most CPU time in `seconds` between two readings, the greatest first, at most `most`; a
// process that used less than a twentieth of a CPU is left out.
std::vector<CpuUser> top_users(const std::map<int, ProcessTime>& before,
                               const std::map<int, ProcessTime>& after, double seconds,
                               std::size_t most = 16);
// "cc1plus (process 12, 0.9 CPUs), python3 (process 7, 0.4 CPUs)"; equal names are counted once: "yes (6
// processes, 1.9 CPUs)".
std::string users_text(const std::vector<CpuUser>& users);

}  // namespace rappel
