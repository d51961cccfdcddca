#include "base/os/process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>
#ifdef __APPLE__
#include <libproc.h>
#endif

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <set>
#include <sstream>

#include "base/os/file.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// Calls `look` for each open file of each process that may be inspected, until it returns false.
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

// 32-bit words of an address as in /proc/net/tcp: numbers in host byte order.
std::string kernel_hex(const void* address, std::size_t bytes) {
  std::string hex;
  for (std::size_t at = 0; at < bytes; at += sizeof(std::uint32_t)) {
    std::uint32_t word = 0;
    std::memcpy(&word, static_cast<const char*>(address) + at, sizeof word);
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08X", word);
    hex += digits;
  }
  return hex;
}

// Local addresses in the format of these tables whose listeners receive connections to `address`; empty: any.
std::set<std::string> listening_addresses(const std::string& address) {
  const in6_addr all{};
  const std::string all4 = kernel_hex(&all, sizeof(in_addr)), all6 = kernel_hex(&all, sizeof all);
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    in6_addr mapped{};
    mapped.s6_addr[10] = mapped.s6_addr[11] = 0xff;
    std::memcpy(&mapped.s6_addr[12], &v4, sizeof v4);
    return {kernel_hex(&v4, sizeof v4), kernel_hex(&mapped, sizeof mapped), all4, all6};
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) return {kernel_hex(&v6, sizeof v6), all6};
  return {};
}

// Inodes of the sockets that listen on the port, from a table in the format of /proc/net/tcp.
void listening_inodes(const std::string& table, std::uint16_t port, const std::set<std::string>& addresses,
                      std::set<std::string>& inodes) {
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
        std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port &&
        (addresses.empty() || addresses.contains(local.substr(0, colon))))
      inodes.insert(inode);
  }
}

}  // namespace

std::optional<ProcessInfo> process_info(int pid, const KernelFiles& files) {
  const fs::path folder = fs::path(files.proc) / std::to_string(pid);
  ProcessInfo info;
  info.pid = pid;
  info.name = kernel_text(folder / "comm");
  if (info.name.empty()) return std::nullopt;
  info.name.erase(info.name.find_last_not_of('\n') + 1);
  info.status = kernel_text(folder / "status");
  info.limits = kernel_text(folder / "limits");
  std::error_code error;
  const fs::path file = fs::read_symlink(folder / "fd" / "2", error);
  if (!error && fs::is_regular_file(file, error)) info.stderr_file = file;
  return info;
}

Listener listener_of(std::uint16_t port, const KernelFiles& files, const std::string& address) {
  const std::set<std::string> addresses = listening_addresses(address);
  std::set<std::string> inodes;
  for (const char* table : {"/net/tcp", "/net/tcp6"})
    listening_inodes(kernel_text(files.proc + table), port, addresses, inodes);
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

fs::path own_program() {
#ifdef __APPLE__
  char name[PROC_PIDPATHINFO_MAXSIZE];
  return ::proc_pidpath(::getpid(), name, sizeof name) > 0 ? fs::path(name) : fs::path();
#else
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
#endif
}

std::uint64_t open_files_limit(std::string_view limits) {
  return keyed_number(limits, "Max open files").value_or(0);
}

}  // namespace rappel
