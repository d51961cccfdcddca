// macOS: Seatbelt, with the profile of the system for computing alone. Open descriptors stay usable.
#include <sandbox.h>
#include <unistd.h>

#include "extractor/kernel/descriptors.h"
#include "extractor/sandbox.h"

namespace rappel::extractor {

// Apple calls sandbox_init() deprecated, and has no other call that closes a running process.
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

void Sandbox::close_kernel_files() {
  close_others(STDERR_FILENO);
  char* reason = nullptr;
  if (::sandbox_init(kSBXProfilePureComputation, SANDBOX_NAMED, &reason) == 0)
    layers_.emplace_back("Seatbelt");
  else
    missing_.push_back(std::string("Seatbelt: ") + (reason == nullptr ? "refused" : reason));
  if (reason != nullptr) ::sandbox_free_error(reason);
}

bool Sandbox::close_kernel_calls() { return true; }

}  // namespace rappel::extractor
