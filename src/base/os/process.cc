#include "base/os/process.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <set>
#include <sstream>

#include "base/os/file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxText = std::size_t{16} << 20;

std::string text_of(const fs::path& path) {
  auto text = read_file(path, kMaxText);
  return text.ok() ? std::move(text).value() : std::string();
}

// For each open file of each process that may be looked at; `look` returns true to go on.
void each_open_file(const KernelFiles& files,
                    const std::function<bool(int pid, const std::string& target)>& look) {
  std::error_code error;
  for (fs::directory_iterator process(files.proc, error), end; !error && process != end;
       process.increment(error)) {
    const std::string name = process->path().filename().string();
    int pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size())
      continue;
    std::error_code hidden;
    for (fs::directory_iterator fd(process->path() / "fd", hidden), last; !hidden && fd != last;
         fd.increment(hidden)) {
      std::error_code gone;
      const std::string target = fs::read_symlink(fd->path(), gone).string();
      if (!gone && !look(pid, target)) return;
    }
  }
}

// Inodes of the sockets that listen on the port, of a table as /proc/net/tcp has it.
void listening_inodes(const std::string& table, std::uint16_t port, std::set<std::string>& inodes) {
  constexpr char kListens[] = "0A";
  std::istringstream lines(table);
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream in(line);
    std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    if (!(in >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >>
          inode))
      continue;
    const std::size_t colon = local.rfind(':');
    if (state == kListens && colon != std::string::npos &&
        std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port)
      inodes.insert(inode);
  }
}

}  // namespace

std::optional<ProcessInfo> process_info(int pid, const KernelFiles& files) {
  const fs::path folder = fs::path(files.proc) / std::to_string(pid);
  ProcessInfo info;
  info.pid = pid;
  info.name = text_of(folder / "comm");
  if (info.name.empty()) return std::nullopt;
  info.name.erase(info.name.find_last_not_of('\n') + 1);
  info.status = text_of(folder / "status");
  info.limits = text_of(folder / "limits");
  std::error_code error;
  const fs::path file = fs::read_symlink(folder / "fd" / "2", error);
  if (!error && fs::is_regular_file(file, error)) info.stderr_file = file;
  return info;
}

Listener listener_of(std::uint16_t port, const KernelFiles& files) {
  std::set<std::string> inodes;
  for (const char* table : {"/net/tcp", "/net/tcp6"})
    listening_inodes(text_of(files.proc + table), port, inodes);
  Listener listener{!inodes.empty(), 0};
  if (!listener.there) return listener;
  each_open_file(files, [&](int pid, const std::string& target) {
    constexpr std::string_view kSocket = "socket:[";
    if (!target.starts_with(kSocket)) return true;
    if (!inodes.contains(target.substr(kSocket.size(), target.size() - kSocket.size() - 1))) return true;
    listener.pid = pid;
    return false;
  });
  return listener;
}

std::vector<int> users_of(const fs::path& file, const KernelFiles& files) {
  std::error_code error;
  const std::string wanted = fs::canonical(file, error).string();
  std::set<int> pids;
  if (error) return {};
  each_open_file(files, [&](int pid, const std::string& target) {
    if (target == wanted && pid != ::getpid()) pids.insert(pid);
    return true;
  });
  return {pids.begin(), pids.end()};
}

std::uint64_t open_files_limit(std::string_view limits) {
  return keyed_number(limits, "Max open files").value_or(0);
}

}  // namespace rappel
