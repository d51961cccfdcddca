#include "server/http/body.h"

#include <algorithm>
#include <new>
#include <utility>

namespace rappel {
namespace {

// Counted ahead of what has arrived.
constexpr std::size_t kStep = std::size_t{16} << 10;

}  // namespace

std::shared_ptr<Body> Body::another() const {
  if (folder_.empty()) return std::make_shared<Body>(memory_.budget(), caller_);
  return std::make_shared<Body>(memory_.budget(), disk_.budget(), caller_, folder_);
}

bool Body::append(std::string_view bytes) {
  const std::size_t size = text_.size() + bytes.size();
  if (const std::size_t held = memory_.bytes(); size > held) {
    const std::size_t step = std::max(size - held, kStep);
    if (memory_.take(step) != ByteHold::Room::kTaken && memory_.take(size - held) != ByteHold::Room::kTaken)
      return false;
  }
  try {
    text_.append(bytes);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

Status Body::write_out() {
  if (text_.empty()) return {};
  if (disk_.take(text_.size()) != ByteHold::Room::kTaken)
    return Status(Code::kResourceExhausted, "the room for files of requests is used up");
  if (!file_) {
    RAPPEL_TRY(make_private_folder(folder_));
    RAPPEL_ASSIGN(file_, ScratchFile::open(folder_));
  }
  RAPPEL_TRY(file_->append(std::as_bytes(std::span(text_))));
  text_.clear();
  memory_.shrink_to(text_.capacity());
  return {};
}

Status Body::complete() {
  if (!file_) return {};
  RAPPEL_TRY(write_out());
  text_ = std::string();
  memory_.release();
  RAPPEL_ASSIGN(auto mapped, file_->map());
  mapped_.emplace(std::move(mapped));
  return {};
}

void Body::clear() {
  mapped_.reset();
  file_.reset();
  text_ = std::string();
  memory_.release();
  disk_.release();
}

Refusal body_refusal(const Status& failure) {
  switch (failure.code()) {
    case Code::kInvalidArgument: return {Refusal::Reason::kBadRequest, "Invalid body: " + failure.message()};
    case Code::kResourceExhausted: return no_room_refusal(kRetrySeconds);
    default: break;
  }
  if (failure.id() == "disk-full") return disk_full_refusal();
  return {Refusal::Reason::kNotReady, "The body cannot be kept, the server's log says why: try again later",
          kOperatorSeconds};
}

}  // namespace rappel
