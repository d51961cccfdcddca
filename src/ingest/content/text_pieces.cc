#include "ingest/content/text_pieces.h"

#include <algorithm>
#include <utility>

namespace rappel {

void TextPieces::append(std::string_view text) {
  size_ += text.size();
  while (!text.empty()) {
    if (pieces_.empty() || pieces_.back().size() == kPiece) {
      pieces_.emplace_back();
      if (pieces_.size() + released_ > 1) pieces_.back().reserve(kPiece);  // most texts are shorter than one
    }
    std::string& piece = pieces_.back();
    const std::string_view fits = text.substr(0, kPiece - piece.size());
    piece += fits;
    text.remove_prefix(fits.size());
  }
}

std::size_t TextPieces::memory() const {
  if (pieces_.empty()) return 0;
  return (pieces_.size() - 1) * kPiece + pieces_.back().capacity();
}

std::string TextPieces::part(std::size_t begin, std::size_t end) const {
  std::string out;
  out.reserve(end - begin);
  while (begin < end) {
    const std::string& piece = pieces_[begin / kPiece - released_];
    const std::size_t from = begin % kPiece, count = std::min(end - begin, piece.size() - from);
    out.append(piece, from, count);
    begin += count;
  }
  return out;
}

std::size_t TextPieces::release_before(std::size_t begin) {
  const std::size_t before = released_;
  for (; !pieces_.empty() && (released_ + 1) * kPiece <= begin; ++released_) pieces_.pop_front();
  return (released_ - before) * kPiece;
}

void TextPieces::cut_to(std::size_t size) {
  while (size_ > size) {
    std::string& piece = pieces_.back();
    const std::size_t count = std::min(size_ - size, piece.size());
    piece.resize(piece.size() - count);
    size_ -= count;
    if (piece.empty()) pieces_.pop_back();
  }
}

std::string TextPieces::take() {
  std::string text;
  if (pieces_.size() == 1) {
    text = std::move(pieces_.front());
    pieces_.clear();
  }
  text.reserve(size_ - released_ * kPiece);
  for (; !pieces_.empty(); pieces_.pop_front()) text += pieces_.front();
  released_ = size_ = 0;
  return text;
}

}  // namespace rappel
