#include "base/byte_budget.h"

#include <utility>

namespace rappel {

bool ByteBudget::has_room(const std::string& caller, std::size_t held, std::size_t more) const {
  if (more > limit_ - used_) return false;
  if (held + more <= kSmallHold) return true;
  const std::size_t free = limit_ - used_ - more;
  const auto own = callers_.find(caller);
  const std::size_t holds = own == callers_.end() ? 0 : own->second;
  return free >= limit_ / 8 && holds + more <= free;
}

bool ByteBudget::fits(const std::string& caller, std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  return has_room(caller, 0, bytes);
}

std::size_t ByteBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

bool ByteBudget::take(const std::string& caller, std::size_t held, std::size_t more) {
  const std::lock_guard lock(mutex_);
  if (!has_room(caller, held, more)) return false;
  callers_[caller] += more;  // may throw: nothing has changed yet
  used_ += more;
  return true;
}

void ByteBudget::give(const std::string& caller, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  used_ -= bytes;
  const auto own = callers_.find(caller);
  if ((own->second -= bytes) == 0) callers_.erase(own);
}

ByteHold::ByteHold(ByteBudget* budget, std::string caller, std::size_t limit)
    : budget_(budget), caller_(std::move(caller)), limit_(limit) {}

ByteHold::ByteHold(ByteHold&& other) noexcept
    : budget_(other.budget_),
      caller_(std::move(other.caller_)),
      limit_(other.limit_),
      bytes_(std::exchange(other.bytes_, 0)) {}

ByteHold::Room ByteHold::take(std::size_t more) {
  if (more == 0) return Room::kTaken;
  if (more > limit_ - bytes_) return Room::kTooLarge;
  if (budget_ != nullptr && !budget_->take(caller_, bytes_, more)) return Room::kNone;
  bytes_ += more;
  return Room::kTaken;
}

void ByteHold::shrink_to(std::size_t bytes) {
  if (bytes >= bytes_) return;
  if (budget_ != nullptr) budget_->give(caller_, bytes_ - bytes);
  bytes_ = bytes;
}

}  // namespace rappel
