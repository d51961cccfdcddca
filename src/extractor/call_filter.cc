#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include "extractor/call_filter.h"

namespace rappel::extractor {
namespace {

constexpr std::uint32_t kExecutable = 4;  // PROT_EXEC

// Instructions after the tree, by their place.
enum End : std::size_t { kAllow = 0, kRefuse = 1, kForData = 2, kOnItself = 4, kEnds = 8 };

struct Rule {
  long call;
  End end = kAllow;
};

// Harmless for a process without files and network.
constexpr Rule kRules[] = {
    {SYS_read},
    {SYS_write},
    {SYS_writev},
    {SYS_close},
    {SYS_fstat},
    {SYS_lseek},
    {SYS_brk},
    {SYS_mmap, kForData},
    {SYS_mprotect, kForData},
    {SYS_munmap},
    {SYS_mremap},
    {SYS_madvise},
    {SYS_futex},
    {SYS_exit},
    {SYS_exit_group},
    {SYS_rt_sigaction},
    {SYS_rt_sigprocmask},
    {SYS_rt_sigreturn},
    {SYS_sigaltstack},
    {SYS_getpid},
    {SYS_gettid},
    {SYS_tgkill},
    {SYS_clock_gettime},
    {SYS_gettimeofday},
    {SYS_getrandom},
    {SYS_sched_yield},
    {SYS_sched_getaffinity},
    {SYS_getrusage},
    {SYS_restart_syscall},
#ifdef SYS_time
    {SYS_time},
#endif
};

// Needed by a zygote, and by a child of it until it reads its file.
constexpr Rule kZygoteRules[] = {
    {SYS_clone},      {SYS_set_robust_list},
    {SYS_getppid},    {SYS_setpgid},
    {SYS_prctl},      {SYS_prlimit64, kOnItself},
    {SYS_fcntl},      {SYS_dup3},
    {SYS_recvmsg},    {SYS_sendmsg},
    {SYS_ppoll},      {SYS_wait4},
    {SYS_pidfd_open},
#ifdef SYS_dup2
    {SYS_dup2},       {SYS_poll},
#endif
};

// 2 n - 1 instructions for n rules, which are sorted; `ends` is the place after the whole tree.
void add_tree(std::span<const Rule> rules, std::size_t ends, CallProgram& program) {
  const std::size_t next = program.size() + 1;
  if (rules.size() == 1) {
    program.push_back(compare(BPF_JEQ, static_cast<std::uint32_t>(rules[0].call), ends + rules[0].end - next,
                              ends + kRefuse - next));
    return;
  }
  const std::size_t half = rules.size() / 2;
  program.push_back(compare(BPF_JGE, static_cast<std::uint32_t>(rules[half].call), 2 * half - 1, 0));
  add_tree(rules.first(half), ends, program);
  add_tree(rules.subspan(half), ends, program);
}

}  // namespace

bool has_call_filter() { return kArchitecture != 0; }

CallProgram call_filter() {
  std::vector<Rule> rules(std::begin(kRules), std::end(kRules));
  rules.insert(rules.end(), std::begin(kZygoteRules), std::end(kZygoteRules));
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.call < b.call; });
  CallProgram program = begin_program();
  add_tree(rules, program.size() + 2 * rules.size() - 1, program);
  static_assert(2 * (std::size(kRules) + std::size(kZygoteRules)) + kEnds < 255, "jumps are bytes");
  const sock_filter allow = give(SECCOMP_RET_ALLOW), refuse = give(SECCOMP_RET_ERRNO | EPERM);
  program.insert(program.end(), {allow, refuse,                                           //
                                 load_argument(2), compare(BPF_JSET, kExecutable, 3, 2),  //
                                 load_argument(0), compare(BPF_JEQ, 0, 0, 1),             //
                                 allow, refuse});
  return program;
}

CallProgram reader_filter(std::int32_t pid) {
  CallProgram program = {load_call()};
  constexpr std::size_t kRules = std::size(kZygoteRules);
  for (std::size_t i = 0; i < kRules; ++i)  // each jumps to the last instruction
    program.push_back(compare(BPF_JEQ, static_cast<std::uint32_t>(kZygoteRules[i].call), kRules - i + 3, 0));
  program.insert(program.end(), {compare(BPF_JEQ, SYS_tgkill, 0, 2),  //
                                 load_argument(0), compare(BPF_JEQ, static_cast<std::uint32_t>(pid), 0, 1),
                                 give(SECCOMP_RET_ALLOW), give(SECCOMP_RET_ERRNO | EPERM)});
  return program;
}

}  // namespace rappel::extractor
