#include "server/http/body_pipe.h"

#include <algorithm>
#include <utility>

namespace rappel {

BodyPipe::BodyPipe(std::size_t capacity, std::function<void()> wake)
    : capacity_(capacity), wake_(std::move(wake)) {}

bool BodyPipe::write(std::string_view bytes) {
  while (!bytes.empty()) {
    bool was_empty;
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return closed_ || buffer_.size() < capacity_; });
      if (closed_) return false;
      was_empty = buffer_.empty();
      const std::size_t count = std::min(bytes.size(), capacity_ - buffer_.size());
      buffer_.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
    }
    if (was_empty) wake_();
  }
  const std::lock_guard lock(mutex_);
  return !closed_;
}

void BodyPipe::finish(bool complete) {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    complete_ = complete;
  }
  wake_();
}

BodyPipe::Piece BodyPipe::take() {
  Piece piece;
  {
    const std::lock_guard lock(mutex_);
    piece.bytes.swap(buffer_);
    piece.ended = finished_;
    piece.complete = complete_;
  }
  room_.notify_one();
  return piece;
}

void BodyPipe::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    buffer_.clear();
  }
  room_.notify_one();
}

}  // namespace rappel
