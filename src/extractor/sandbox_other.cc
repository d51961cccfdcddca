// Systems without Landlock, seccomp and Seatbelt.
#include <unistd.h>

#include "extractor/kernel/descriptors.h"
#include "extractor/sandbox.h"

namespace rappel::extractor {

void Sandbox::close_kernel_files() {
  close_others(STDERR_FILENO);
  missing_.emplace_back("Landlock: this system is not Linux");
  missing_.emplace_back("seccomp: this system is not Linux");
}

bool Sandbox::close_kernel_calls() { return true; }

}  // namespace rappel::extractor
