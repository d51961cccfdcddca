// MLX reports every failure as an exception with a text; these are what the device's callers hear of it.
#pragma once

#include <cstddef>
#include <exception>
#include <string>

#include "base/status.h"

namespace rappel::metal {

// kResourceExhausted when the text speaks of memory, kUnavailable when a command buffer failed for another
// reason (the GPU is lost), kInternal for the rest. `what`: "a batch of 40 tokens".
Status failure(const std::exception& error, const std::string& what);

// Ok when `needs` more bytes fit beside those in use.
Status check_room(const std::string& what, std::size_t needs, std::size_t in_use, std::size_t limit);

}  // namespace rappel::metal
