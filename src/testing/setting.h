// Numbers that make a test longer or repeat it (RAPPEL_KILL_POINTS).
#pragma once

#include <cstdlib>

namespace rappel {

// The environment variable, or `otherwise`.
inline long setting(const char* name, long otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::atol(value) : otherwise;
}

}  // namespace rappel
