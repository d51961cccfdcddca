#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "base/os/fd.h"
#include "extractor/conversion/confine.h"

namespace rappel::extractor {
namespace {

namespace fs = std::filesystem;

// Rights on files of the first version of Landlock; the newer rights on files are those of bits 13 to 15.
constexpr std::uint64_t kAllFiles = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | (1ULL << 14);
constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

// Programs, libraries, fonts and their settings. Not /proc, which shows the settings of other processes.
constexpr const char* kInstalled[] = {"/usr",
                                      "/bin",
                                      "/lib",
                                      "/lib64",
                                      "/opt",
                                      "/nix/store",
                                      "/etc/fonts",
                                      "/etc/libreoffice",
                                      "/etc/ld.so.cache",
                                      "/var/cache/fontconfig",
                                      "/var/lib/libreoffice",
                                      "/dev/urandom",
                                      "/var/spool/libreoffice"};

bool limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  return ::setrlimit(static_cast<decltype(RLIMIT_CORE)>(resource), &both) == 0;
}

class Landlock {
 public:
  explicit Landlock(long version) {
    if (version >= 2) handled_.files |= 1ULL << 13;  // to move files between folders
    if (version >= 3) handled_.files |= 1ULL << 14;  // to truncate them
    const std::size_t members = version >= 6 ? 3 : version >= 4 ? 2 : 1;
    rules_ = Fd(static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, &handled_, members * sizeof(std::uint64_t), 0)));
  }

  bool ok() const { return rules_.get() >= 0; }
  // Nothing happens if there is no such path.
  bool allow(const fs::path& path, std::uint64_t rights) {
    const Fd opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (opened.get() < 0) return true;
    std::error_code error;
    if (!fs::is_directory(path, error)) rights &= kOfFiles;
    const landlock_path_beneath_attr rule{rights & handled_.files, opened.get()};
    return ::syscall(SYS_landlock_add_rule, rules_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  }
  std::uint64_t all() const { return handled_.files; }
  bool close() { return ::syscall(SYS_landlock_restrict_self, rules_.get(), 0) == 0; }

 private:
  // As the kernel has them: files; TCP (version 4); abstract sockets of, and signals to, others (version 6).
  struct {
    std::uint64_t files = kAllFiles, network = 3, scopes = 3;
  } handled_;
  Fd rules_{-1};
};

bool close_files(const fs::path& folder, const fs::path& program) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return true;  // the kernel has no Landlock
  Landlock rules(version);
  bool done = rules.ok() && rules.allow(folder, rules.all()) && rules.allow(program.parent_path(), kRead) &&
              rules.allow("/dev/null", kRead | LANDLOCK_ACCESS_FS_WRITE_FILE);
  for (const char* path : kInstalled) done = done && rules.allow(path, kRead);
  return done && rules.close();
}

sock_filter load(std::size_t offset) {
  return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
sock_filter give(std::uint32_t action) { return sock_filter BPF_STMT(BPF_RET | BPF_K, action); }
// Goes over the next instruction unless the value is equal.
sock_filter unless_equal_skip(std::uint32_t value) {
  return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
}

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64, kMostCalls = 0x40000000;  // above: x32
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64, kMostCalls = 0x40000000;
#else
constexpr std::uint32_t kArchitecture = 0, kMostCalls = 0;
#endif

// Sockets of other programs, other namespaces, the memory of others, and what could go around these rules.
constexpr long kRefused[] = {SYS_connect,
                             SYS_ptrace,
                             SYS_process_vm_readv,
                             SYS_process_vm_writev,
                             SYS_mount,
                             SYS_umount2,
                             SYS_pivot_root,
                             SYS_unshare,
                             SYS_setns,
                             SYS_bpf,
                             SYS_keyctl,
                             SYS_add_key,
                             SYS_request_key,
                             SYS_perf_event_open,
                             SYS_userfaultfd,
                             SYS_io_uring_setup,
                             SYS_chroot,
                             SYS_open_by_handle_at};

// LibreOffice ends if it cannot listen for others that want to use its process. None can: nothing happens,
// and no socket appears in /tmp.
constexpr long kPretended[] = {SYS_bind, SYS_listen};

bool close_calls() {
  if (kArchitecture == 0) return true;
  const sock_filter refuse = give(SECCOMP_RET_ERRNO | EACCES);
  std::vector<sock_filter> program = {load(offsetof(seccomp_data, arch)),
                                      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
                                      give(SECCOMP_RET_KILL_PROCESS),
                                      load(offsetof(seccomp_data, nr)),
                                      sock_filter BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kMostCalls, 0, 1),
                                      refuse};
  for (const long call : kRefused)
    program.insert(program.end(), {unless_equal_skip(static_cast<std::uint32_t>(call)), refuse});
  for (const long call : kPretended)
    program.insert(program.end(),
                   {unless_equal_skip(static_cast<std::uint32_t>(call)), give(SECCOMP_RET_ERRNO)});
  // Sockets between its own processes only.
  program.insert(
      program.end(),
      {sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3), load(offsetof(seccomp_data, args)),
       sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0), refuse, give(SECCOMP_RET_ALLOW)});
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

bool confine(const fs::path& folder, const fs::path& program, const ConfineLimits& limits) {
  const bool limited = limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, limits.cpu_seconds) &&
                       limit(RLIMIT_FSIZE, limits.file_bytes) && limit(RLIMIT_AS, limits.memory_bytes);
  return limited && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && close_files(folder, program) &&
         close_calls();
}

}  // namespace rappel::extractor
