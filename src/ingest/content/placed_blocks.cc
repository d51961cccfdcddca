#include "ingest/content/placed_blocks.h"

#include <algorithm>

namespace rappel {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

void PlacedBlocks::append(std::string_view text) {
  text_bytes_ += text.size();
  while (!text.empty()) {
    if (pieces_.empty() || pieces_.back().size() == kPiece) {
      pieces_.emplace_back();
      if (pieces_.size() > 1) pieces_.back().reserve(kPiece);  // most files are shorter than a piece
    }
    std::string& piece = pieces_.back();
    const std::string_view fits = text.substr(0, kPiece - piece.size());
    piece += fits;
    text.remove_prefix(fits.size());
  }
}

void PlacedBlocks::add(const Block& block, std::size_t part) {
  entries_.push_back({.begin = static_cast<std::uint32_t>(text_bytes_),
                      .row = block.row,
                      .part = static_cast<std::uint32_t>(part),
                      .level = static_cast<std::uint16_t>(std::clamp(block.level, 0, UINT16_MAX)),
                      .kind = block.kind,
                      .header_row = block.header_row});
  append(block.text);
}

PlacedBlock PlacedBlocks::operator[](std::size_t i) const {
  const Entry& entry = entries_[i];
  const std::size_t end = i + 1 < entries_.size() ? entries_[i + 1].begin : text_bytes_;
  PlacedBlock placed{.block = {.kind = entry.kind,
                               .text = {},
                               .level = entry.level,
                               .row = entry.row,
                               .header_row = entry.header_row},
                     .part = entry.part};
  placed.block.text.reserve(end - entry.begin);
  for (std::size_t at = entry.begin; at < end;) {
    const std::string& piece = pieces_[at / kPiece];
    const std::size_t begin = at % kPiece, count = std::min(end - at, piece.size() - begin);
    placed.block.text.append(piece, begin, count);
    at += count;
  }
  return placed;
}

}  // namespace rappel
