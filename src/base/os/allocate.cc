#include "base/os/allocate.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace rappel {

int allocate_blocks(int fd, std::uintmax_t bytes) {
#ifdef __APPLE__
  fstore_t store{F_ALLOCATEALL, F_PEOFPOSMODE, 0, static_cast<off_t>(bytes), 0};
  if (::fcntl(fd, F_PREALLOCATE, &store) != 0) return errno;
  return ::ftruncate(fd, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
#else
  return ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
#endif
}

}  // namespace rappel
