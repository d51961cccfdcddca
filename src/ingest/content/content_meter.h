// ContentMeter: the bounds of what one file may give, the same for the process that reads it and for the one
// that asked. The latter also counts the memory that the content takes among that of other requests.
#pragma once

#include <cstddef>

#include "base/byte_budget.h"
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

// Takes so many bytes more for the content of a file; `memory` null: nothing is counted. kResourceExhausted,
// see is_lack_of_memory().
Status hold_for_file(ByteHold* memory, std::size_t bytes);

// Whether this is a failure of hold_for_file(). It fails the file, while content beyond ContentBounds is only
// left out. With the id "file-too-large" a retry does not help.
bool is_lack_of_memory(const Status& failure);

class ContentMeter {
 public:
  // `memory` as in hold_for_file(), which outlives the meter; it keeps what was taken.
  explicit ContentMeter(const ContentBounds& bounds = {}, ByteHold* memory = nullptr)
      : bounds_(bounds), memory_(memory) {}

  // kResourceExhausted: beyond the bounds, then nothing is counted; or a lack of memory.
  Status add_part(std::size_t name_bytes);
  Status add_block(std::size_t text_bytes);
  Status add_attachment(std::size_t bytes);
  // False: one too many, which is left out.
  bool add_property() { return counted_.properties++ < bounds_.properties; }
  bool add_warning() { return counted_.warnings++ < bounds_.warnings; }

 private:
  Status hold(std::size_t bytes);

  ContentBounds bounds_;
  ByteHold* memory_;
  std::size_t taken_ = 0, used_ = 0;  // of the memory
  ContentBounds counted_ = {0, 0, 0, 0, 0, 0, 0};
};

}  // namespace rappel
