#include "extractor/output.h"

#include <unistd.h>

#include <cerrno>

namespace rappel::extractor {

Status write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status(Code::kUnavailable, "the pipe is closed");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace rappel::extractor
