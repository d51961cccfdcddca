// WriteState: whether the store takes changes now, as far as that is known without a change. A failure that
// the world causes (lock, disk) counts until a change succeeds or the evidence has gone.
//
// Any thread may call the methods.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/status.h"

namespace rappel::sqlite {

class WriteState {
 public:
  struct Probes {
    std::function<std::uintmax_t()> free_bytes;  // of the disk
    std::function<bool()> locked;                // by another writer, now
    std::uintmax_t enough_bytes = 0;             // a disk counts as full until so much more is free
  };
  explicit WriteState(Probes probes) : probes_(std::move(probes)) {}

  // The outcome of a change. A removal may succeed on a disk that is too full for anything else.
  void record(const Status& outcome, bool removal);
  // Ok, or the failure that the next change would meet.
  Status current();

 private:
  using Clock = std::chrono::steady_clock;
  bool is_over() const;

  const Probes probes_;
  std::mutex mutex_;
  Status failure_;
  std::uintmax_t free_at_failure_ = 0;
  Clock::time_point failed_at_;
};

}  // namespace rappel::sqlite
