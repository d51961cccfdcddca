#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

#include "extractor/conversion/confine.h"
#include "extractor/kernel/landlock.h"
#include "extractor/kernel/limit.h"
#include "extractor/kernel/seccomp.h"
#include "extractor/sanitized.h"

namespace rappel::extractor {
namespace {

namespace fs = std::filesystem;

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

bool close_files(const fs::path& folder, const fs::path& program) {
  if (!Landlock::exists()) return true;
  Landlock rules;
  bool done =
      rules.allow_all(folder) && rules.allow_reading(program.parent_path()) && rules.allow_all("/dev/null");
  for (const char* path : kInstalled) done = done && rules.allow_reading(path);
  return done && rules.close();
}

constexpr std::uint32_t kMostCalls = 0x40000000;  // above: x32

// Sockets of other programs, other namespaces, memory and descriptors of others, and what could go around
// these rules.
constexpr long kRefused[] = {
    SYS_connect,     SYS_ptrace,         SYS_process_vm_readv, SYS_process_vm_writev, SYS_pidfd_getfd,
    SYS_mount,       SYS_umount2,        SYS_pivot_root,       SYS_unshare,           SYS_setns,
    SYS_bpf,         SYS_keyctl,         SYS_add_key,          SYS_request_key,       SYS_perf_event_open,
    SYS_userfaultfd, SYS_io_uring_setup, SYS_chroot,           SYS_open_by_handle_at};

// LibreOffice ends if it cannot listen for others that want to use its process. None can: nothing happens,
// and no socket appears in /tmp.
constexpr long kPretended[] = {SYS_bind, SYS_listen};

constexpr std::uint32_t kNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

void answer(CallProgram& program, long call, std::uint32_t action) {
  program.insert(program.end(), {compare(BPF_JEQ, static_cast<std::uint32_t>(call), 0, 1), give(action)});
}

CallProgram conversion_filter() {
  const sock_filter refuse = give(SECCOMP_RET_ERRNO | EACCES), allow = give(SECCOMP_RET_ALLOW);
  CallProgram program = begin_program();
  program.insert(program.end(), {compare(BPF_JGE, kMostCalls, 0, 1), refuse});
  for (const long call : kRefused) answer(program, call, SECCOMP_RET_ERRNO | EACCES);
  for (const long call : kPretended) answer(program, call, SECCOMP_RET_ERRNO);
  // Its flags are in memory, where no filter sees them. Libraries use clone instead.
  answer(program, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  program.insert(program.end(), {compare(BPF_JEQ, SYS_clone, 0, 4), load_argument(0),
                                 compare(BPF_JSET, kNamespaces, 0, 1), refuse, allow});
  // Sockets between its own processes only: streams, because a datagram names its receiver without connect().
  program.insert(program.end(), {compare(BPF_JEQ, SYS_socket, 1, 0), compare(BPF_JEQ, SYS_socketpair, 0, 7),
                                 load_argument(0), compare(BPF_JEQ, AF_UNIX, 0, 4),  //
                                 load_argument(1), keep_bits(~std::uint32_t{SOCK_CLOEXEC | SOCK_NONBLOCK}),
                                 compare(BPF_JEQ, SOCK_STREAM, 0, 1), allow, refuse});
  program.push_back(allow);
  return program;
}

}  // namespace

bool confine(const fs::path& folder, const fs::path& program, const ConfineLimits& limits) {
  const bool limited = limit(RLIMIT_CORE, 0) && limit(RLIMIT_CPU, limits.cpu_seconds) &&
                       limit(RLIMIT_FSIZE, limits.file_bytes) &&
                       (kSanitized || limit(RLIMIT_AS, limits.memory_bytes));  // a sanitizer maps terabytes
  return limited && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && close_files(folder, program) &&
         (kArchitecture == 0 || close_calls(conversion_filter()));
}

}  // namespace rappel::extractor
