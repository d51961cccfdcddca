// Systems without Landlock and seccomp.
#include <unistd.h>

#include "extractor/sandbox.h"

namespace rappel::extractor {

void Sandbox::close_kernel_files() {
  // The program that started this one may have left descriptors open.
  for (int fd = STDERR_FILENO + 1; fd < ::getdtablesize(); ++fd) ::close(fd);
  missing_.emplace_back("Landlock: this system is not Linux");
  missing_.emplace_back("seccomp: this system is not Linux");
}

bool Sandbox::close_kernel_calls() { return true; }

}  // namespace rappel::extractor
