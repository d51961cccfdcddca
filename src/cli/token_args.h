// The time of a token as people write it on the command line.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace rappel {

// Seconds since 1970, of "30d" (also m, h, w) after `now`, or of a date. kInvalidArgument: neither, or a time
// that has passed.
Result<std::int64_t> parse_expiry(std::string_view text, std::int64_t now);

}  // namespace rappel
