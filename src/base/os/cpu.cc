#include "base/os/cpu.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <thread>

#ifdef __linux__
#include <sched.h>
#else
#include <sys/sysctl.h>
#endif

namespace rappel {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// The process's cgroup folder below /sys/fs/cgroup for a v1 controller, or for v2 when `controller` is empty.
std::string cgroup_folder(const std::string& controller) {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controller.empty() ? controllers == ",," : controllers.find("," + controller + ",") != std::string::npos)
      return "/sys/fs/cgroup" + (controller.empty() ? "" : "/" + controller) + (path == "/" ? "" : path);
  }
  return {};
}

// The tightest limit from the process's folder up to the root, as `read` finds it in each; 0 = none.
template <class Read>
double tightest(std::string folder, const std::string& root, Read read) {
  double best = 0;
  while (folder.size() >= root.size()) {
    if (const double limit = read(folder); limit > 0) best = best == 0 ? limit : std::min(best, limit);
    if (folder == root) break;
    folder.resize(folder.find_last_of('/'));
  }
  return best;
}

double cpu_quota() {
  const std::string v2 = cgroup_folder("");
  if (!v2.empty()) {
    const double cores = tightest(v2, "/sys/fs/cgroup", [](const std::string& folder) {
      std::istringstream in(first_line(folder + "/cpu.max"));
      std::string quota;
      double period = 0;
      return in >> quota >> period && quota != "max" && period > 0 ? std::atof(quota.c_str()) / period : 0.0;
    });
    if (cores > 0) return cores;
  }
  const std::string v1 = cgroup_folder("cpu");
  if (v1.empty()) return 0;
  return tightest(v1, "/sys/fs/cgroup/cpu", [](const std::string& folder) {
    const double quota = std::atof(first_line(folder + "/cpu.cfs_quota_us").c_str());
    const double period = std::atof(first_line(folder + "/cpu.cfs_period_us").c_str());
    return quota > 0 && period > 0 ? quota / period : 0.0;
  });
}

std::uint64_t memory_limit() {
  const std::string v2 = cgroup_folder("");
  double limit = 0;
  if (!v2.empty()) {
    limit = tightest(v2, "/sys/fs/cgroup", [](const std::string& folder) {
      return std::atof(first_line(folder + "/memory.max").c_str());  // "max" reads as 0
    });
  }
  if (limit == 0) {
    const std::string v1 = cgroup_folder("memory");
    if (!v1.empty())
      limit = tightest(v1, "/sys/fs/cgroup/memory", [](const std::string& folder) {
        return std::atof(first_line(folder + "/memory.limit_in_bytes").c_str());
      });
  }
  return static_cast<std::uint64_t>(limit);
}

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
  info.quota = cpu_quota();
#endif
  const auto physical = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t limit = memory_limit();
  info.memory_bytes = limit > 0 ? std::min(limit, physical) : physical;
  return info;
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t peak_resident_bytes() {
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
