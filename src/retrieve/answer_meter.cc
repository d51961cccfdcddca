#include "retrieve/answer_meter.h"

#include <fmt/format.h>

#include "base/units.h"
#include "store/document_bounds.h"

namespace rappel {
namespace {

// Beyond its texts: the objects of a chunk and of a candidate, and the names of the members in JSON.
constexpr std::size_t kChunkMemory = 800;
constexpr std::size_t kChunkWritten = 250, kPlaceWritten = 200;

std::size_t texts_of(const Chunk& chunk) {
  return chunk.id.size() + chunk.document_id.size() + chunk.text.size() + place_bytes(chunk.place);
}

}  // namespace

AnswerMeter::Known& AnswerMeter::metadata_of(const Chunk& chunk) {
  const auto [known, fresh] = metadata_.try_emplace(chunk.metadata);
  if (fresh && chunk.metadata) known->second.bytes = metadata_bytes(*chunk.metadata);
  return known->second;
}

Status AnswerMeter::too_large() const {
  return Status(Code::kResourceExhausted,
                fmt::format("The answer is larger than {} (RAPPEL_MAX_ANSWER_MB): {}",
                            bytes_text(static_cast<double>(hold_->limit())), advice_))
      .with_id("answer-too-large");
}

Status AnswerMeter::hold(std::size_t bytes) {
  if (hold_ == nullptr) return {};
  switch (hold_->take(bytes)) {
    case ByteHold::Room::kTaken: return {};
    case ByteHold::Room::kTooLarge: return too_large();
    case ByteHold::Room::kNone: break;
  }
  return Status(Code::kResourceExhausted, "the requests of the server hold all the memory that they may");
}

Status AnswerMeter::hold(const Chunk& chunk) {
  std::size_t bytes = kChunkMemory + texts_of(chunk);
  Known& metadata = metadata_of(chunk);
  if (!metadata.held) bytes += metadata.bytes;
  RAPPEL_TRY(hold(bytes));
  metadata.held = true;
  return {};
}

Status AnswerMeter::write(const Chunk& chunk) {
  if (hold_ == nullptr) return {};
  written_ += kChunkWritten + texts_of(chunk) + metadata_of(chunk).bytes;
  if (!chunk.place.empty()) written_ += kPlaceWritten;
  return written_ > hold_->limit() ? too_large() : Status();
}

}  // namespace rappel
