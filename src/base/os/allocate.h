#pragma once

#include <cstdint>

namespace rappel {

// Gives the file its first `bytes` bytes on the disk, so that they are there for nobody else. 0, or errno.
int allocate_blocks(int fd, std::uintmax_t bytes);

}  // namespace rappel
