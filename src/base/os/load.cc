#include "base/os/load.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/os/cpu.h"
#include "base/os/file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr double kDisturbed = 0.1;     // of the threads' time, taken by others
constexpr double kStolen = 0.05;       // of the CPUs' time
constexpr double kPressure = 0.25;     // of the time
constexpr double kLeastShare = 0.6;    // of the expected CPU time
constexpr double kLeastUser = 0.05;    // CPUs of a process that is worth a name
constexpr double kMinute = 60;         // of the load average
constexpr double kTicksPerSample = 2;  // error of /proc/stat for each CPU

double ticks_per_second() { return static_cast<double>(::sysconf(_SC_CLK_TCK)); }

// user, nice, system, idle, iowait, irq, softirq, steal of "cpuN ..", in seconds.
void add_cpu_line(std::istringstream& line, LoadSample& sample) {
  double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0;
  if (!(line >> user >> nice >> system >> idle)) return;
  line >> wait >> irq >> soft >> steal;  // old kernels have fewer
  const double tick = 1 / ticks_per_second();
  sample.all = sample.all.value_or(0) + tick * (user + nice + system + irq + soft);
  sample.stolen = sample.stolen.value_or(0) + tick * steal;
}

void read_stat(const KernelFiles& files, const std::vector<int>& cpus, LoadSample& sample) {
  std::istringstream in(kernel_text(files.proc + "/stat"));
  for (std::string text; std::getline(in, text);) {
    std::istringstream line(text);
    std::string name;
    if (!(line >> name) || !name.starts_with("cpu") || name.size() == 3) continue;
    const int number = std::atoi(name.c_str() + 3);
    if (std::find(cpus.begin(), cpus.end(), number) != cpus.end()) add_cpu_line(line, sample);
  }
}

// The second number of each thread's schedstat: nanoseconds in the run queue.
std::optional<double> waited_seconds(const KernelFiles& files) {
  std::optional<double> seconds;
  std::error_code error;
  for (fs::directory_iterator it(files.proc + "/self/task", error), end; !error && it != end;
       it.increment(error)) {
    std::istringstream in(kernel_text(it->path() / "schedstat"));
    double ran = 0, waited = 0;
    if (in >> ran >> waited) seconds = seconds.value_or(0) + 1e-9 * waited;
  }
  return seconds;
}

// The total of "some avg10=0.00 avg60=0.00 avg300=0.00 total=123", in microseconds.
std::optional<double> stalled_seconds(const std::string& text) {
  constexpr std::string_view kTotal = "total=";
  const std::size_t at = text.find(kTotal);
  if (!text.starts_with("some") || at == std::string::npos) return std::nullopt;
  return 1e-6 * std::atof(text.c_str() + at + kTotal.size());
}

std::optional<double> load_average(const KernelFiles& files) {
  const std::string text = kernel_text(files.proc + "/loadavg");
  double averages[1] = {};
  if (!text.empty()) return std::atof(text.c_str());
  if (files.proc == KernelFiles().proc && ::getloadavg(averages, 1) == 1) return averages[0];
  return std::nullopt;
}

std::optional<double> grown(const std::optional<double>& before, const std::optional<double>& after) {
  if (!before || !after) return std::nullopt;
  return std::max(0.0, *after - *before);
}

// The readings of a report: each adds its words, and says whether it makes the machine busy.
class Judge {
 public:
  Judge(const LoadSample& before, const LoadSample& after, int threads, double share)
      : before_(before),
        after_(after),
        wall_(std::max(1e-9, after.at - before.at)),
        asked_(threads),
        threads_(std::clamp(threads, 1, std::max(1, after.cpus))),
        own_(std::max(0.0, after.own - before.own)),
        share_(share) {}

  LoadReport report() {
    const bool crowded = asked_too_much();
    others();
    stolen();
    if (!crowded) waited();
    const bool known = report_.others || report_.busy;
    pressure(!known && !crowded);
    average(!known && !after_.pressure && !after_.waited);
    if (!after_.all && !after_.waited) own_share();
    return std::move(report_);
  }

 private:
  // More threads than CPUs, or a quota that cuts them short: they wait for each other.
  bool asked_too_much() const { return after_.throttled > before_.throttled || asked_ > after_.cpus; }

  void add(bool decides, std::string words) {
    report_.busy |= decides;
    std::string& all = report_.evidence;
    all = decides && !all.empty() ? words + ", " + all : all + (all.empty() ? "" : ", ") + words;
  }

  void others() {
    const auto all = grown(before_.all, after_.all);
    if (!all || wall_ < kShortestLook) return;
    const double cpus = std::max(0.0, *all - own_) / wall_;
    const double error = kTicksPerSample / ticks_per_second() * after_.cpus / wall_;
    const double spare = after_.cpus - threads_;
    report_.others = cpus;
    add(cpus > spare + kDisturbed * threads_ + error,
        fmt::format("other programs use {:.1f} of {} CPU{}", cpus, after_.cpus, after_.cpus == 1 ? "" : "s"));
  }

  void stolen() {
    const auto seconds = grown(before_.stolen, after_.stolen);
    if (!seconds || wall_ < kShortestLook) return;
    const double of_all = *seconds / (wall_ * after_.cpus);
    if (of_all > kStolen)
      add(true, fmt::format("the hypervisor takes {:.0f} % of the CPU time", 100 * of_all));
  }

  void waited() {
    const auto seconds = grown(before_.waited, after_.waited);
    if (!seconds || own_ + *seconds <= 0) return;
    const double part = *seconds / (own_ + *seconds);
    // A process that only waited has nothing but its wake-ups.
    const bool computed = own_ > kDisturbed * wall_ || *seconds > kDisturbed * wall_;
    add(computed && part > kDisturbed,
        fmt::format("rappel's threads waited {:.0f} % of their time for a CPU", 100 * part));
  }

  void pressure(bool decides) {
    const auto seconds = grown(before_.pressure, after_.pressure);
    if (!seconds) return;
    const double part = std::min(1.0, *seconds / wall_);
    add(decides && part > kPressure, fmt::format("CPU pressure {:.0f} %", 100 * part));
  }

  void average(bool decides) {
    if (!after_.average) return;
    // One second of CPU time adds at most a sixtieth to the average.
    const double others = *after_.average - after_.own / kMinute;
    const bool many = others > after_.cpus - threads_ + 0.5 * threads_;
    add(decides && many, fmt::format("load average {:.1f}", *after_.average));
  }

  void own_share() {
    const double got = own_ / (wall_ * threads_);
    if (share_ > 0 && got < kLeastShare * share_)
      add(true, fmt::format("rappel's threads computed {:.0f} % of the time", 100 * got));
  }

  const LoadSample &before_, &after_;
  double wall_;
  int asked_, threads_;  // threads_: as many as have a CPU
  double own_, share_;
  LoadReport report_;
};

}  // namespace

LoadReport describe_load(const LoadSample& before, const LoadSample& after, int threads, double share) {
  return Judge(before, after, threads, share).report();
}

LoadSample read_load(const KernelFiles& files, const std::vector<int>& cpus) {
  LoadSample sample;
  sample.at = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  sample.own = process_cpu_seconds();
  sample.cpus = cpus.empty() ? read_cpu_info().allowed : static_cast<int>(cpus.size());
  read_stat(files, cpus, sample);
  sample.waited = waited_seconds(files);
  const CgroupTexts group = read_cgroup("self", files);
  sample.throttled = keyed_number(group.cpu_stat, "nr_throttled").value_or(0);
  sample.pressure = stalled_seconds(kernel_text(files.proc + "/pressure/cpu"));
  if (!sample.pressure && !group.cpu_folder.empty())
    sample.pressure = stalled_seconds(kernel_text(group.cpu_folder + "/cpu.pressure"));
  sample.average = load_average(files);
  return sample;
}

std::map<int, ProcessTime> process_times(const KernelFiles& files) {
  constexpr int kFieldsBefore = 11;  // from the state to the user time
  std::map<int, ProcessTime> times;
  std::error_code error;
  for (fs::directory_iterator it(files.proc, error), end; !error && it != end; it.increment(error)) {
    const std::string folder = it->path().filename().string();
    int pid = 0;
    const auto [stop, wrong] = std::from_chars(folder.data(), folder.data() + folder.size(), pid);
    if (wrong != std::errc() || stop != folder.data() + folder.size() || pid == ::getpid()) continue;
    const std::string text = kernel_text(it->path() / "stat");
    const std::size_t open = text.find('('), close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) continue;
    std::istringstream in(text.substr(close + 1));
    std::string skipped;
    for (int i = 0; i < kFieldsBefore; ++i) in >> skipped;
    double user = 0, system = 0;
    if (in >> user >> system)
      times[pid] = {text.substr(open + 1, close - open - 1), (user + system) / ticks_per_second()};
  }
  return times;
}

std::vector<CpuUser> top_users(const std::map<int, ProcessTime>& before,
                               const std::map<int, ProcessTime>& after, double seconds, std::size_t most) {
  std::vector<CpuUser> users;
  for (const auto& [pid, now] : after) {
    const auto then = before.find(pid);
    const double cpus = (now.cpu - (then == before.end() ? 0 : then->second.cpu)) / std::max(1e-9, seconds);
    if (cpus >= kLeastUser) users.push_back({pid, now.name, cpus});
  }
  std::sort(users.begin(), users.end(), [](const CpuUser& a, const CpuUser& b) { return a.cpus > b.cpus; });
  if (users.size() > most) users.resize(most);
  return users;
}

std::string users_text(const std::vector<CpuUser>& users) {
  struct Group {
    std::string name;
    std::vector<int> pids;
    double cpus;
  };
  std::vector<Group> groups;
  for (const CpuUser& user : users) {
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const Group& group) { return group.name == user.name; });
    if (same == groups.end()) {
      groups.push_back({user.name, {user.pid}, user.cpus});
      continue;
    }
    same->pids.push_back(user.pid);
    same->cpus += user.cpus;
  }
  std::string words;
  for (const Group& group : groups)
    words += fmt::format("{}{} ({}, {:.1f} CPUs)", words.empty() ? "" : ", ", group.name,
                         group.pids.size() == 1 ? fmt::format("process {}", group.pids[0])
                                                : fmt::format("{} processes", group.pids.size()),
                         group.cpus);
  return words;
}

}  // namespace rappel
