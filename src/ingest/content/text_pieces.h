// TextPieces: a text that grows, in pieces of 1 MiB. Large blocks of memory go back to the system as soon as
// they are freed (base/os/allocator.h), so that a long text can be moved elsewhere without being there twice.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace rappel {

class TextPieces {
 public:
  static constexpr std::size_t kPiece = std::size_t{1} << 20;

  void append(std::string_view text);
  // The end of all that was appended.
  std::size_t size() const { return size_; }
  // Bytes of memory that it takes.
  std::size_t memory() const;
  // A copy of the bytes from `begin` to `end`, which are not released.
  std::string part(std::size_t begin, std::size_t end) const;
  // Frees pieces that end before `begin`; the bytes that they had. The other bytes keep their numbers.
  std::size_t release_before(std::size_t begin);
  // Removes what lies after `size`.
  void cut_to(std::size_t size);
  // All that is not released, as one string; nothing is left here.
  std::string take();

 private:
  std::deque<std::string> pieces_;  // all but the last are full
  std::size_t released_ = 0;        // pieces
  std::size_t size_ = 0;
};

}  // namespace rappel
