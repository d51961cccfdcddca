// NormalText: a text on its way through the normalisers, with (when tracked) the byte range of the original
// text that each of its bytes came from.
//
// A step reads one NormalText and appends to another with copy(), replace() and insert(). Ranges never go
// backwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "text/tokenizer.h"

namespace rappel {

struct NormalText {
  std::string text;
  std::vector<ByteRange> origin;  // one per byte; empty when not tracked
  bool tracked = false;

  // `segment` is valid UTF-8 and starts at byte `base` of the original text.
  void assign(std::string_view segment, std::size_t base, bool track) {
    clear(track);
    text.assign(segment);
    if (!track) return;
    origin.reserve(segment.size());
    for (std::size_t at = 0; at < segment.size();) {
      const std::size_t length = utf8_length(segment[at]);
      const auto begin = static_cast<std::uint32_t>(base + at);
      origin.insert(origin.end(), length, {begin, static_cast<std::uint32_t>(begin + length)});
      at += length;
    }
  }

  void clear(bool track) {
    text.clear();
    origin.clear();
    tracked = track;
  }

  // Appends bytes [begin, end) of `from` unchanged.
  void copy(const NormalText& from, std::size_t begin, std::size_t end) {
    text.append(from.text, begin, end - begin);
    if (tracked)
      origin.insert(origin.end(), from.origin.begin() + static_cast<std::ptrdiff_t>(begin),
                    from.origin.begin() + static_cast<std::ptrdiff_t>(end));
  }

  // Appends `bytes` as what bytes [begin, end) of `from` became; begin < end.
  void replace(const NormalText& from, std::size_t begin, std::size_t end, std::string_view bytes) {
    text.append(bytes);
    if (tracked) origin.insert(origin.end(), bytes.size(), from.range(begin, end));
  }

  // Appends `bytes` that stand for nothing of the text, in front of byte `at` of `from`.
  void insert(const NormalText& from, std::size_t at, std::string_view bytes) {
    text.append(bytes);
    if (!tracked) return;
    const std::uint32_t where = at < from.origin.size() ? from.origin[at].begin
                                : from.origin.empty()   ? 0
                                                        : from.origin.back().end;
    origin.insert(origin.end(), bytes.size(), {where, where});
  }

  // Original range of bytes [begin, end), begin < end. Only when tracked.
  ByteRange range(std::size_t begin, std::size_t end) const {
    return {origin[begin].begin, origin[end - 1].end};
  }
};

}  // namespace rappel
