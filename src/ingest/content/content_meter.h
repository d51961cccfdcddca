// ContentMeter: the bounds of what one file may give, the same for the process that reads it and for the one
// that asked.
#pragma once

#include <cstddef>

#include "base/status.h"

namespace rappel {

struct ContentBounds {
  std::size_t text_bytes = std::size_t{64} << 20;
  std::size_t blocks = 4'000'000;
  std::size_t parts = 100'000;
  std::size_t properties = 64;
  std::size_t warnings = 100;
  std::size_t attachments = 1'000;
  std::size_t attachment_bytes = std::size_t{64} << 20;  // together
};

class ContentMeter {
 public:
  explicit ContentMeter(const ContentBounds& bounds = {}) : bounds_(bounds) {}

  // kResourceExhausted: beyond the bounds; nothing is counted then.
  Status add_part();
  Status add_block(std::size_t text_bytes);
  Status add_attachment(std::size_t bytes);
  // False: one too many, which is left out.
  bool add_property() { return counted_.properties++ < bounds_.properties; }
  bool add_warning() { return counted_.warnings++ < bounds_.warnings; }

 private:
  ContentBounds bounds_;
  ContentBounds counted_ = {0, 0, 0, 0, 0, 0, 0};
};

}  // namespace rappel
