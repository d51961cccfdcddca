// Limits of resources of this process and its children, which cannot be raised again.
#pragma once

#include <sys/resource.h>

namespace rappel::extractor {

// `resource`: RLIMIT_CPU and others. False: errno says why.
inline bool limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  return ::setrlimit(static_cast<decltype(RLIMIT_CORE)>(resource), &both) == 0;
}

}  // namespace rappel::extractor
