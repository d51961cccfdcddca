#include "base/os/cpu.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/os/cgroup.h"
#include "base/os/file.h"

#ifdef __linux__
#include <sched.h>
#else
#include <sys/sysctl.h>
#endif

namespace rappel {
namespace {

std::string cpu_model() {
#ifdef __linux__
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
#else
  char name[256] = {};
  std::size_t size = sizeof name;
  if (::sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0) return name;
#endif
  return "unknown CPU";
}

}  // namespace

int CpuInfo::usable_threads() const {
  int threads = std::max(1, allowed);
  if (quota > 0) threads = std::min(threads, std::max(1, static_cast<int>(std::ceil(quota))));
  return threads;
}

std::string CpuInfo::cores() const {
  std::ostringstream words;
  words << allowed << " of " << online << (online == 1 ? " CPU" : " CPUs") << " allowed";
  if (quota > 0) words << ", quota of " << quota << (quota == 1 ? " CPU" : " CPUs");
  return words.str();
}

CpuInfo read_cpu_info() {
  CpuInfo info;
  info.model = cpu_model();
  struct utsname name {};
  if (::uname(&name) == 0) info.architecture = name.machine;
  info.online = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  info.allowed = info.online;
#ifdef __linux__
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) info.allowed = std::max(1, CPU_COUNT(&set));
#endif
  const CgroupTexts group = read_cgroup();
  info.quota = group.cpu_quota;
  const auto physical = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  info.memory_bytes = group.memory_limit > 0 ? std::min(group.memory_limit, physical) : physical;
  return info;
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t peak_resident_bytes() {
#ifdef __linux__
  // Not getrusage: its peak includes that of the process that started this one.
  if (const auto kilobytes = keyed_number(kernel_text("/proc/self/status"), "VmHWM"))
    return *kilobytes * 1024;
#endif
  struct rusage usage {};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#ifdef __APPLE__
  return static_cast<std::uint64_t>(usage.ru_maxrss);
#else
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

double process_cpu_seconds() {
  struct rusage usage {};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace rappel
