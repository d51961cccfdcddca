// TokenizingTurn: large requests tokenize one after another. Tokenization runs on the threads of the callers,
// so that dozens of large requests would take the cores from the forward passes that everybody waits for.
//
// Small requests pass at once. A large one gives its turn to the next one after each kLargeRequest bytes.
#pragma once

#include <cstddef>
#include <mutex>

#include "base/ticket_lock.h"

namespace rappel {

// Bytes of text: some milliseconds of tokenization.
inline constexpr std::size_t kLargeRequest = 64 << 10;

class TokenizingTurn {
 public:
  TokenizingTurn(TicketLock& turn, std::size_t request_bytes)
      : lock_(turn, std::defer_lock), large_(request_bytes > kLargeRequest) {}

  // Before each text, with its bytes. May block.
  void next(std::size_t bytes) {
    if (!large_) return;
    if (lock_.owns_lock() && taken_ + bytes > kLargeRequest) lock_.unlock();
    if (!lock_.owns_lock()) {
      lock_.lock();
      taken_ = 0;
    }
    taken_ += bytes;
  }

 private:
  std::unique_lock<TicketLock> lock_;
  const bool large_;
  std::size_t taken_ = 0;  // bytes since the turn began
};

}  // namespace rappel
