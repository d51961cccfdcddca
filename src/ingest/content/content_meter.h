// ContentMeter: the bounds of what one file may give, the same for the process that reads it and for the one
// that asked. The latter also counts the memory that the content takes among that of other requests.
#pragma once

#include <cstddef>

#include "base/status.h"
#include "ingest/content/memory_share.h"

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
  // `memory` as in hold_for_file(); what was taken is given back when the meter ends.
  explicit ContentMeter(const ContentBounds& bounds = {}, ByteHold* memory = nullptr)
      : bounds_(bounds), share_(memory) {}

  // kResourceExhausted: beyond the bounds, then nothing is counted; or a lack of memory.
  Status add_part(std::size_t name_bytes);
  Status add_block(std::size_t text_bytes);  // it takes no memory here; see hold()
  Status add_attachment(std::size_t bytes);
  // False: one too many, which is left out.
  bool add_property() { return counted_.properties++ < bounds_.properties; }
  bool add_warning() { return counted_.warnings++ < bounds_.warnings; }

  Status hold(std::size_t bytes) { return share_.hold(bytes); }
  void give_back(std::size_t bytes) { share_.give_back(bytes); }

  // So far.
  std::size_t text_bytes() const { return counted_.text_bytes; }

 private:
  ContentBounds bounds_;
  MemoryShare share_;
  ContentBounds counted_ = {0, 0, 0, 0, 0, 0, 0};
};

}  // namespace rappel
