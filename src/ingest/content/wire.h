// Wire: content between the process that reads a file and the one that asked for it.
//
// A stream of frames: one byte of type, four of length (little endian), the payload. The last frame is the
// end with the outcome; a stream without it was cut. The reader of the stream trusts nothing in it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "ingest/content/content.h"
#include "ingest/content/content_meter.h"

namespace rappel {

// Writes what it is told as frames, in pieces of about 64 KiB, within the bounds of ContentMeter.
class ContentWriter final : public ContentSink {
 public:
  using Write = std::function<Status(std::string_view bytes)>;
  explicit ContentWriter(Write write) : write_(std::move(write)) {}

  Status part(Part part) override;
  Status block(Block block) override;
  Status property(std::string_view name, std::string value) override;
  Status warning(std::string message) override;
  Status attachment(Attachment attachment) override;
  // The last frame. It tells code and message of a failure.
  Status end(const Status& outcome);

 private:
  Status frame(char type, std::string_view payload);
  Status flush();

  const Write write_;
  ContentMeter meter_;
  std::string buffer_;
};

// Takes the bytes of a stream as they come and tells `sink`. Text that is not UTF-8 is repaired.
class ContentParser {
 public:
  // `memory` counts a large frame until the sink has it; as in hold_for_file().
  explicit ContentParser(ContentSink& sink, ByteHold* memory = nullptr)
      : sink_(sink), frame_memory_(memory) {}

  // kCorrupt: this is no such stream; or the failure of the sink or of hold_for_file(). Nothing may be added
  // afterwards.
  Status add(std::string_view bytes);
  // The outcome in the last frame; nothing: it has not come.
  const std::optional<Status>& outcome() const { return outcome_; }

 private:
  Status take();

  ContentSink& sink_;
  MemoryShare frame_memory_;
  std::string frame_;        // as far as it has come
  std::size_t payload_ = 0;  // of the frame, once its head has come
  std::optional<Status> outcome_;
};

}  // namespace rappel
