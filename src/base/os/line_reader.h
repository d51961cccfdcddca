// Lines of a file descriptor, with bounded memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

class LineReader {
 public:
  enum class Event { kLine, kTooLong, kEnd, kFailed };

  // The descriptor stays the caller's.
  LineReader(int descriptor, std::size_t max_line);

  // The next line, without its end (LF or CRLF); `line` lives until the next call. kTooLong: a line of more
  // than max_line bytes was skipped. kFailed: reading failed, see errno.
  Event next(std::string_view* line);
  // Number of the line that the last next() returned, from 1.
  std::size_t number() const { return number_; }
  // True if next() would have to wait for the writer.
  bool would_wait() const;

 private:
  bool fill();

  int descriptor_;
  std::size_t max_line_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::size_t number_ = 0;
  bool ended_ = false;
  int error_ = 0;
};

}  // namespace rappel
