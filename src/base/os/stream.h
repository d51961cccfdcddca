// Reading an open descriptor that need not be a file: standard input, a pipe.
#pragma once

#include <cstddef>
#include <string>

#include "base/status.h"

namespace rappel {

// Everything up to the end, which may be waited for. The descriptor stays the caller's. kUnavailable: it
// cannot be read; kResourceExhausted: there are more than max_bytes. `name` is for messages.
Result<std::string> read_stream(int descriptor, const std::string& name, std::size_t max_bytes);

}  // namespace rappel
