// RAPPEL_CHECK(condition, "reason"): a promise of our own code. Broken, it prints the reason with its place
// on standard error and aborts; the process restarts clean from durable state. Never used for input of the
// world or the caller.
#pragma once

namespace rappel {
[[noreturn]] void check_failed(const char* condition, const char* reason, const char* file, int line);
}  // namespace rappel

#define RAPPEL_CHECK(condition, reason)                               \
  do {                                                                \
    if (!(condition)) [[unlikely]]                                    \
      ::rappel::check_failed(#condition, reason, __FILE__, __LINE__); \
  } while (false)
