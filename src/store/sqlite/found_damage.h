// FoundDamage: the first damage that a call on an open store met. It stays until the store is opened again,
// which checks it.
//
// Any thread may call the methods.
#pragma once

#include <mutex>

#include "base/status.h"

namespace rappel::sqlite {

class FoundDamage {
 public:
  // Passes the outcome of a call on.
  Status look_at(Status outcome) {
    note(outcome);
    return outcome;
  }
  template <class T>
  Result<T> look_at(Result<T> outcome) {
    if (!outcome.ok()) note(outcome.status());
    return outcome;
  }

  Status first() const {
    const std::lock_guard lock(mutex_);
    return first_;
  }

 private:
  void note(const Status& outcome) {
    if (outcome.code() != Code::kCorrupt) return;
    const std::lock_guard lock(mutex_);
    if (first_.ok()) first_ = outcome;
  }

  mutable std::mutex mutex_;
  Status first_;
};

}  // namespace rappel::sqlite
