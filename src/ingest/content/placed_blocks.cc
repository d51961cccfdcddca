#include "ingest/content/placed_blocks.h"

#include <algorithm>

namespace rappel {

void PlacedBlocks::add(const Block& block, std::size_t part) {
  entries_.push_back({.begin = static_cast<std::uint32_t>(text_.size()),
                      .row = block.row,
                      .part = static_cast<std::uint32_t>(part),
                      .level = static_cast<std::uint16_t>(std::clamp(block.level, 0, UINT16_MAX)),
                      .kind = block.kind,
                      .header_row = block.header_row});
  text_.append(block.text);
}

PlacedBlock PlacedBlocks::operator[](std::size_t i) const {
  const Entry& entry = entries_[i - released_];
  const std::size_t end = i + 1 < size() ? entries_[i + 1 - released_].begin : text_.size();
  return {.block = {.kind = entry.kind,
                    .text = text_.part(entry.begin, end),
                    .level = entry.level,
                    .row = entry.row,
                    .header_row = entry.header_row},
          .part = entry.part};
}

std::size_t PlacedBlocks::release_before(std::size_t i) {
  const std::size_t before = released_;
  for (; released_ < i && !entries_.empty(); ++released_) entries_.pop_front();
  const std::size_t text = text_.release_before(entries_.empty() ? text_.size() : entries_.front().begin);
  return (released_ - before) * kBlockMemory + text;
}

}  // namespace rappel
