// RAPPEL_CHECK(condition, "reason"): an invariant of this program. If it does not hold, the process prints
// the reason and the source line to standard error and aborts; it then restarts from durable state. Never
// check input from callers, files or the network this way: return a Status (base/status.h).
#pragma once

namespace rappel {
[[noreturn]] void check_failed(const char* condition, const char* reason, const char* file, int line);
}  // namespace rappel

#define RAPPEL_CHECK(condition, reason)                               \
  do {                                                                \
    if (!(condition)) [[unlikely]]                                    \
      ::rappel::check_failed(#condition, reason, __FILE__, __LINE__); \
  } while (false)
