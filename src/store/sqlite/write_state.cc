#include "store/sqlite/write_state.h"

namespace rappel::sqlite {
namespace {

// For failures that only another change can find gone.
constexpr std::chrono::seconds kPause{30};

}  // namespace

void WriteState::record(const Status& outcome, bool removal) {
  const std::lock_guard lock(mutex_);
  if (outcome.code() == Code::kUnavailable) {
    failure_ = outcome;
    free_at_failure_ = probes_.free_bytes();
    failed_at_ = Clock::now();
  } else if (outcome.ok() && !(removal && failure_.id() == "disk-full")) {
    failure_ = {};
  }
}

Status WriteState::current() {
  const std::lock_guard lock(mutex_);
  if (!failure_.ok() && is_over()) failure_ = {};
  return failure_;
}

bool WriteState::is_over() const {
  if (failure_.id() == "disk-full") return probes_.free_bytes() >= free_at_failure_ + probes_.enough_bytes;
  if (failure_.id() == "store-locked") return !probes_.locked();
  return Clock::now() >= failed_at_ + kPause;
}

}  // namespace rappel::sqlite
