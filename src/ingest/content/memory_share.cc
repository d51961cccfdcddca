#include "ingest/content/memory_share.h"

#include <algorithm>
#include <string>
#include <utility>

namespace rappel {
namespace {

// A small file has two shares.
constexpr std::size_t kStep = ByteBudget::kSmallHold / 2;
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

MemoryShare::MemoryShare(MemoryShare&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)),
      taken_(std::exchange(other.taken_, 0)),
      used_(std::exchange(other.used_, 0)) {}

MemoryShare& MemoryShare::operator=(MemoryShare&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(taken_, other.taken_);
  std::swap(used_, other.used_);
  return *this;
}

Status MemoryShare::hold(std::size_t bytes) {
  if (used_ + bytes > taken_) {
    const std::size_t more = std::max(used_ + bytes - taken_, kStep);
    RAPPEL_TRY(hold_for_file(memory_, more));
    taken_ += more;
  }
  used_ += bytes;
  return {};
}

void MemoryShare::give_back(std::size_t bytes) {
  used_ -= std::min(bytes, used_);
  if (used_ == 0 || taken_ - used_ >= 2 * kStep) shrink(used_);
}

Status MemoryShare::set(std::size_t bytes) {
  if (bytes > used_) return hold(bytes - used_);
  give_back(used_ - bytes);
  return {};
}

void MemoryShare::leave() {
  shrink(used_);
  memory_ = nullptr;
  taken_ = used_ = 0;
}

void MemoryShare::shrink(std::size_t to) {
  if (memory_ != nullptr && taken_ > to) memory_->shrink_to(memory_->bytes() - (taken_ - to));
  taken_ = to;
}

}  // namespace rappel
