#include "base/os/cgroup.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <sstream>

#include "base/os/file.h"

namespace rappel {
namespace {

// "max" reads as 0.
double number_of(const std::string& path) { return std::atof(kernel_text(path).c_str()); }

// The folder of a process below /sys/fs/cgroup for a v1 controller, or for v2 if `controller` is empty; ""
// if there is none.
std::string cgroup_folder(const std::string& controller, const std::string& process,
                          const KernelFiles& files) {
  std::istringstream in(kernel_text(files.proc + "/" + process + "/cgroup"));
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controller.empty() ? controllers == ",,"
                           : controllers.find("," + controller + ",") != std::string::npos)
      return files.cgroup + (controller.empty() ? "" : "/" + controller) + (path == "/" ? "" : path);
  }
  return {};
}

// From the folder up to the root.
void walk_up(std::string folder, const std::string& root,
             const std::function<void(const std::string&)>& look) {
  while (folder.size() >= root.size()) {
    look(folder);
    if (folder.size() == root.size()) break;
    folder.resize(folder.find_last_of('/'));
  }
}

double quota_of(const std::string& folder, bool v2) {
  if (!v2) {
    const double quota = number_of(folder + "/cpu.cfs_quota_us"),
                 period = number_of(folder + "/cpu.cfs_period_us");
    return quota > 0 && period > 0 ? quota / period : 0;
  }
  std::istringstream in(kernel_text(folder + "/cpu.max"));
  std::string quota;
  double period = 0;
  return in >> quota >> period && quota != "max" && period > 0 ? std::atof(quota.c_str()) / period : 0;
}

void look_at_cpu(const std::string& folder, bool v2, CgroupTexts& texts) {
  const double quota = quota_of(folder, v2);
  if (quota > 0 && (texts.cpu_quota == 0 || quota < texts.cpu_quota)) texts.cpu_quota = quota;
  std::string stat = kernel_text(folder + "/cpu.stat");
  const auto throttled = keyed_number(stat, "nr_throttled");
  if (!throttled || (!texts.cpu_stat.empty() && *throttled <= *keyed_number(texts.cpu_stat, "nr_throttled")))
    return;
  texts.cpu_folder = folder;
  texts.cpu_stat = std::move(stat);
}

// In v1 a number near 2^63 means "no limit".
constexpr double kNoLimit = 1e18;

std::uint64_t kills(const std::string& events) { return keyed_number(events, "oom_kill").value_or(0); }

// `limit_events`: events of the group whose limit is in `texts`.
void look_at_memory(const std::string& folder, bool v2, CgroupTexts& texts, std::string& limit_events) {
  const std::string events = kernel_text(folder + (v2 ? "/memory.events" : "/memory.oom_control"));
  // The first group on the path is the one of this process.
  if (texts.memory_events.empty()) texts.memory_events = events;
  const double limit = number_of(folder + (v2 ? "/memory.max" : "/memory.limit_in_bytes"));
  if (limit <= 0 || limit >= kNoLimit ||
      (texts.memory_limit != 0 && limit >= static_cast<double>(texts.memory_limit)))
    return;
  limit_events = events;
  texts.memory_limit = static_cast<std::uint64_t>(limit);
  const auto all =
      static_cast<std::uint64_t>(number_of(folder + (v2 ? "/memory.current" : "/memory.usage_in_bytes")));
  const std::string stat = kernel_text(folder + "/memory.stat");
  const std::uint64_t cache = keyed_number(stat, v2 ? "inactive_file" : "total_inactive_file").value_or(0) +
                              keyed_number(stat, v2 ? "active_file" : "total_active_file").value_or(0);
  texts.memory_in_use = all > cache ? all - cache : 0;
}

}  // namespace

std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    if (line.empty() || (line[0] != ' ' && line[0] != ':' && line[0] != '\t')) continue;
    while (!line.empty() && !std::isdigit(static_cast<unsigned char>(line[0]))) line.remove_prefix(1);
    std::uint64_t number = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), number).ec == std::errc()) return number;
  }
  return std::nullopt;
}

CgroupTexts read_cgroup(const std::string& process, const KernelFiles& files) {
  CgroupTexts texts;
  std::string limit_events;
  if (const std::string v2 = cgroup_folder("", process, files); !v2.empty())
    walk_up(v2, files.cgroup, [&](const std::string& folder) {
      look_at_cpu(folder, true, texts);
      look_at_memory(folder, true, texts, limit_events);
    });
  if (const std::string cpu = cgroup_folder("cpu", process, files); texts.cpu_quota == 0 && !cpu.empty())
    walk_up(cpu, files.cgroup + "/cpu",
            [&](const std::string& folder) { look_at_cpu(folder, false, texts); });
  if (const std::string memory = cgroup_folder("memory", process, files);
      texts.memory_limit == 0 && !memory.empty())
    walk_up(memory, files.cgroup + "/memory",
            [&](const std::string& folder) { look_at_memory(folder, false, texts, limit_events); });
  if (kills(texts.memory_events) == 0 && kills(limit_events) > 0) {
    texts.memory_events = std::move(limit_events);
    texts.own_events = false;
  }
  return texts;
}

}  // namespace rappel
