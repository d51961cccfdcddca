#include "extractor/kernel/descriptors.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace rappel::extractor {

void close_others(int last) {
#ifdef SYS_close_range  // Linux 5.9
  if (::syscall(SYS_close_range, last + 1, ~0U, 0) == 0) return;
#endif
  const long most = std::min(::sysconf(_SC_OPEN_MAX), 1L << 16);
  for (int fd = last + 1; fd < most; ++fd) ::close(fd);
}

}  // namespace rappel::extractor
