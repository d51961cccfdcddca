// Seccomp: programs that decide about the system calls of this process and its children. Linux only; nothing
// can be taken back.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rappel::extractor {

// Numbers of calls depend on it. 0: not known here, and no program can be written.
#if defined(__x86_64__)
inline constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
inline constexpr std::uint32_t kArchitecture = 0;
#endif

using CallProgram = std::vector<sock_filter>;

// Instructions. Jumps count those that they go over.
sock_filter load_call();                       // its number
sock_filter load_argument(std::size_t index);  // its low half
sock_filter keep_bits(std::uint32_t bits);
sock_filter compare(std::uint16_t how, std::uint32_t value, std::size_t yes, std::size_t no);
sock_filter give(std::uint32_t action);

// Ends the process at a call of another architecture; else the number of the call is loaded.
CallProgram begin_program();

// From now on. The process has no new privileges (PR_SET_NO_NEW_PRIVS). False: errno says why.
bool close_calls(CallProgram program);

}  // namespace rappel::extractor
