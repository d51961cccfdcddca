#include "extractor/sandbox.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>

#ifdef __linux__
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <iterator>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RAPPEL_SANITIZED 1
#endif

namespace rappel::extractor {
namespace {

bool limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  return ::setrlimit(static_cast<decltype(RLIMIT_CORE)>(resource), &both) == 0;
}

// Bytes of address space in use; 0 where it is not known.
std::size_t address_space() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void limit_resources(const SandboxLimits& limits, Sandbox& sandbox) {
  bool all = limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, limits.cpu_seconds) && limit(RLIMIT_FSIZE, 0);
#ifndef RAPPEL_SANITIZED  // a sanitizer maps terabytes
  all = limit(RLIMIT_AS, address_space() + limits.memory_bytes) && all;
#endif
  if (all)
    sandbox.layers.push_back("resource limits");
  else
    sandbox.missing.push_back(std::string("some resource limits: ") + std::strerror(errno));
}

#ifdef __linux__

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

void close_file_system(Sandbox& sandbox) {
  const auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) {
    sandbox.missing.push_back(std::string("Landlock: ") + std::strerror(errno));
    return;
  }
  // The rights of the first version, then those that later ones know. The second member, network rights, came
  // with version 4; older headers do not have it.
  struct {
    std::uint64_t files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
    std::uint64_t network = 3;  // bind and connect
  } rights;
  if (version >= 2) rights.files |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
  const std::size_t size = version >= 4 ? sizeof rights : sizeof rights.files;
  const int rules = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rights, size, 0));
  if (rules >= 0 && ::syscall(SYS_landlock_restrict_self, rules, 0) == 0)
    sandbox.layers.push_back("Landlock");
  else
    sandbox.missing.push_back(std::string("Landlock: ") + std::strerror(errno));
  if (rules >= 0) ::close(rules);
}

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;
#endif

// Harmless for a process without files and network: they work on its own memory, time and open pipes.
constexpr long kAllowed[] = {
    SYS_read,
    SYS_write,
    SYS_writev,
    SYS_close,
    SYS_fstat,
    SYS_lseek,
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_exit,
    SYS_exit_group,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_getpid,
    SYS_gettid,
    SYS_tgkill,
    SYS_clock_gettime,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_getrusage,
    SYS_restart_syscall,
#ifdef SYS_time
    SYS_time,
#endif
};
// Allowed unless their third argument asks for executable memory.
constexpr long kAllowedForData[] = {SYS_mmap, SYS_mprotect};
constexpr std::uint32_t kExecutable = 4;  // PROT_EXEC

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the low half of an argument lies elsewhere"
#endif

// Every other call fails with EPERM, so that a library that looks for a file goes on without it.
std::vector<sock_filter> allow_list() {
  const auto load = [](std::size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
  };
  const auto give = [](std::uint32_t action) { return sock_filter BPF_STMT(BPF_RET | BPF_K, action); };
  const auto skip_unless = [](std::uint32_t value, std::uint8_t count) {
    return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
  };
  std::vector<sock_filter> program = {load(offsetof(seccomp_data, arch)), skip_unless(kArchitecture, 1),
                                      sock_filter BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
                                      give(SECCOMP_RET_KILL_PROCESS), load(offsetof(seccomp_data, nr))};
  for (const long call : kAllowed) {
    program.push_back(skip_unless(static_cast<std::uint32_t>(call), 1));
    program.push_back(give(SECCOMP_RET_ALLOW));
  }
  for (const long call : kAllowedForData) {
    program.push_back(skip_unless(static_cast<std::uint32_t>(call), 4));
    program.push_back(load(offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t)));
    program.push_back(sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kExecutable, 1, 0));
    program.push_back(give(SECCOMP_RET_ALLOW));
    program.push_back(give(SECCOMP_RET_ERRNO | EPERM));
  }
  program.push_back(give(SECCOMP_RET_ERRNO | EPERM));
  return program;
}

void close_system_calls(Sandbox& sandbox) {
  std::vector<sock_filter> program = allow_list();
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (kArchitecture != 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
    sandbox.layers.push_back("seccomp");
  else
    sandbox.missing.push_back(std::string("seccomp: ") + std::strerror(errno));
}

void close_kernel(Sandbox& sandbox) {
  ::prctl(PR_SET_DUMPABLE, 0);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    sandbox.missing.push_back(std::string("no new privileges: ") + std::strerror(errno));
    return;
  }
  close_file_system(sandbox);
#ifdef RAPPEL_SANITIZED
  sandbox.missing.push_back("seccomp: this program is built with a sanitizer");
#else
  close_system_calls(sandbox);
#endif
}

#else

void close_kernel(Sandbox& sandbox) {
  sandbox.missing.push_back("Landlock: this system is not Linux");
  sandbox.missing.push_back("seccomp: this system is not Linux");
}

#endif

}  // namespace

Sandbox close_sandbox(const SandboxLimits& limits) {
  Sandbox sandbox;
  limit_resources(limits, sandbox);
  close_kernel(sandbox);
  return sandbox;
}

}  // namespace rappel::extractor
