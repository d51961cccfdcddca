#include "engine/metal/failure.h"

#include <new>
#include <string_view>

namespace rappel::metal {
namespace {

bool speaks_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words)
    if (text.find(word) != std::string_view::npos) return true;
  return false;
}

std::string megabytes(std::size_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MB"; }

}  // namespace

Status failure(const std::exception& error, const std::string& what) {
  const std::string text = error.what();
  // Messages of the allocator, and of Metal for a command buffer.
  const bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
                      speaks_of(text, {"malloc] Unable to allocate", "malloc] Attempting to allocate",
                                       "malloc] Resource limit", "Insufficient Memory", "OutOfMemory"});
  if (memory)
    return {Code::kResourceExhausted,
            "mps has no memory for " + what + "; smaller batches or another precision may fit", text};
  if (speaks_of(text, {"Command buffer execution failed", "[metal::Device]"}))
    return {Code::kUnavailable, "mps failed to compute " + what, text};
  return {Code::kInternal, "MLX rejected " + what, text};
}

Status check_room(const std::string& what, std::size_t needs, std::size_t in_use, std::size_t limit) {
  if (needs <= limit && in_use <= limit - needs) return {};
  return {Code::kResourceExhausted, "mps has no memory for " + what + ": it needs " + megabytes(needs) +
                                        " in addition to " + megabytes(in_use) +
                                        " in use, and the limit is " + megabytes(limit)};
}

}  // namespace rappel::metal
