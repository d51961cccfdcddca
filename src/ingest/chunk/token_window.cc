#include "ingest/chunk/token_window.h"

#include <algorithm>

namespace rappel {
namespace {

// Bytes that are searched for a good place to cut.
constexpr std::size_t kSearch = std::size_t{16} << 10;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t'; }

}  // namespace

Status TokenWindow::load(std::size_t byte, std::size_t count) {
  const std::size_t first = after(byte);
  if (tokens_.size() - first >= count || next_ >= text_.size()) return {};
  tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(first));
  while (tokens_.size() < count && next_ < text_.size()) {
    const std::size_t end = piece_end();
    RAPPEL_ASSIGN(const std::vector<ByteRange> read, read_(text_.substr(next_, end - next_)));
    const auto base = static_cast<std::uint32_t>(next_);
    for (const ByteRange& range : read)
      if (range.end > range.begin) tokens_.push_back({base + range.begin, base + range.end});
    next_ = end;
  }
  return {};
}

std::size_t TokenWindow::after(std::size_t byte) const {
  return static_cast<std::size_t>(std::partition_point(tokens_.begin(), tokens_.end(),
                                                       [&](const ByteRange& t) { return t.end <= byte; }) -
                                  tokens_.begin());
}

// A rest that is not much longer than a piece is one.
std::size_t TokenWindow::piece_end() const {
  const std::size_t size = text_.size(), left = size - next_;
  if (left <= piece_bytes_ + piece_bytes_ / 4) return size;
  std::size_t end = next_ + piece_bytes_;
  for (std::size_t at = end; at + 1 < size && at - end < kSearch; ++at)
    if (is_space(text_[at]) && is_alphanumeric(text_[at - 1]) && is_alphanumeric(text_[at + 1])) return at;
  while (end < size && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
  return end;
}

}  // namespace rappel
