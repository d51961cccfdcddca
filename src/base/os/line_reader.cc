#include "base/os/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rappel {
namespace {
constexpr std::size_t kBlock = std::size_t{64} << 10;
}

LineReader::LineReader(int descriptor, std::size_t max_line) : descriptor_(descriptor), max_line_(max_line) {}

// Reads one more block behind what is buffered; false at the end of the input or on failure.
bool LineReader::fill() {
  if (ended_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + kBlock) buffer_.resize(std::max(end_ + kBlock, buffer_.size() * 2));
  ssize_t got = 0;
  do {
    got = ::read(descriptor_, buffer_.data() + end_, kBlock);
  } while (got < 0 && errno == EINTR);
  if (got < 0) error_ = errno;
  if (got <= 0)
    ended_ = true;
  else
    end_ += static_cast<std::size_t>(got);
  return got > 0;
}

LineReader::Event LineReader::next(std::string_view* line) {
  bool too_long = false;
  std::size_t searched = 0;
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const void* found =
        end_ - begin_ > searched ? std::memchr(start + searched, '\n', end_ - begin_ - searched) : nullptr;
    const std::size_t length =
        found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - start) : end_ - begin_;
    if (length > max_line_) too_long = true;
    if (found != nullptr || (ended_ && (length > 0 || too_long))) {
      begin_ += length + (found != nullptr ? 1 : 0);
      ++number_;
      if (too_long) return Event::kTooLong;
      *line = std::string_view(start, length);
      if (line->ends_with('\r')) line->remove_suffix(1);
      return Event::kLine;
    }
    if (ended_) {
      errno = error_;
      return error_ != 0 ? Event::kFailed : Event::kEnd;
    }
    if (too_long) begin_ = end_;  // keep nothing of it
    searched = end_ - begin_;
    fill();
  }
}

bool LineReader::would_wait() const {
  if (ended_ || (end_ > begin_ && std::memchr(buffer_.data() + begin_, '\n', end_ - begin_) != nullptr))
    return false;
  pollfd request{descriptor_, POLLIN, 0};
  return ::poll(&request, 1, 0) == 0;
}

}  // namespace rappel
