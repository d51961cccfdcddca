#include "ingest/content/content_meter.h"

#include <string>

namespace rappel {
namespace {

Status too_much(const char* what) {
  return Status(Code::kResourceExhausted, std::string("the file has too ") + what + "; the rest is left out");
}

// Parts and attachments take more than their bytes: their object, the unused end of a growing list.
constexpr std::size_t kPieceMemory = 160;

}  // namespace

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
  return {};
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
