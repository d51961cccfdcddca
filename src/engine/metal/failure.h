// Converts exceptions of MLX, which have only a text, to Status.
#pragma once

#include <cstddef>
#include <exception>
#include <string>

#include "base/status.h"

namespace rappel::metal {

// kResourceExhausted if the text is about memory, kUnavailable if a command buffer failed for another reason
// (the GPU is lost), else kInternal. `what`: "a batch of 40 tokens".
Status failure(const std::exception& error, const std::string& what);

// Ok if `needs` more bytes fit in addition to those in use.
Status check_room(const std::string& what, std::size_t needs, std::size_t in_use, std::size_t limit);

}  // namespace rappel::metal
