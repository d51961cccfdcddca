#include "ingest/content/content_meter.h"

#include <algorithm>
#include <string>

#include "ingest/content/placed_blocks.h"

namespace rappel {
namespace {

Status too_much(const char* what) {
  return Status(Code::kResourceExhausted, std::string("the file has too ") + what + "; the rest is left out");
}

// Parts and attachments take more than their bytes: their object, the unused end of a growing list.
constexpr std::size_t kPieceMemory = 160;
constexpr std::size_t kStep = std::size_t{64} << 10;
constexpr int kRetrySeconds = 5;

}  // namespace

Status hold_for_file(ByteHold* memory, std::size_t bytes) {
  if (memory == nullptr) return {};
  switch (memory->take(bytes)) {
    case ByteHold::Room::kTaken: return {};
    case ByteHold::Room::kTooLarge:
      return Status(Code::kResourceExhausted,
                    "the text and the files in it take more memory than one upload may have; send it in "
                    "parts, or read it with `rappel ingest`")
          .with_id("file-too-large");
    case ByteHold::Room::kNone: break;
  }
  return Status(Code::kResourceExhausted, "the requests of the server hold all the memory that they may")
      .with_retry_after(kRetrySeconds);
}

bool is_lack_of_memory(const Status& failure) {
  return failure.code() == Code::kResourceExhausted &&
         (failure.retry_after() > 0 || failure.id() == "file-too-large");
}

// In steps, because the budget has a lock.
Status ContentMeter::hold(std::size_t bytes) {
  used_ += bytes;
  if (memory_ == nullptr || used_ <= taken_) return {};
  const std::size_t more = std::max(used_ - taken_, kStep);
  RAPPEL_TRY(hold_for_file(memory_, more));
  taken_ += more;
  return {};
}

Status ContentMeter::add_part(std::size_t name_bytes) {
  if (counted_.parts == bounds_.parts) return too_much("many pages, sheets or other parts");
  ++counted_.parts;
  return hold(kPieceMemory + name_bytes);
}

Status ContentMeter::add_block(std::size_t text_bytes) {
  if (counted_.blocks == bounds_.blocks || counted_.text_bytes + text_bytes > bounds_.text_bytes)
    return too_much("much text");
  ++counted_.blocks;
  counted_.text_bytes += text_bytes;
  return hold(PlacedBlocks::kBlockMemory + text_bytes);
}

Status ContentMeter::add_attachment(std::size_t bytes) {
  if (counted_.attachments == bounds_.attachments ||
      counted_.attachment_bytes + bytes > bounds_.attachment_bytes)
    return too_much("many attachments");
  ++counted_.attachments;
  counted_.attachment_bytes += bytes;
  return hold(kPieceMemory + bytes);
}

}  // namespace rappel
