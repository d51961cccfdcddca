#include "extractor/kernel/seccomp.h"

#include <sys/prctl.h>

namespace rappel::extractor {
namespace {

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the low half of an argument lies elsewhere"
#endif

sock_filter load(std::size_t offset) {
  return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

}  // namespace

sock_filter load_call() { return load(offsetof(seccomp_data, nr)); }

sock_filter load_argument(std::size_t index) {
  return load(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));
}

sock_filter keep_bits(std::uint32_t bits) { return sock_filter BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits); }

sock_filter compare(std::uint16_t how, std::uint32_t value, std::size_t yes, std::size_t no) {
  return sock_filter BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), value,
                              static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no));
}

sock_filter give(std::uint32_t action) { return sock_filter BPF_STMT(BPF_RET | BPF_K, action); }

CallProgram begin_program() {
  return {load(offsetof(seccomp_data, arch)), compare(BPF_JEQ, kArchitecture, 1, 0),
          give(SECCOMP_RET_KILL_PROCESS), load_call()};
}

bool close_calls(CallProgram program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace rappel::extractor
