// Pieces: runs of glyphs on one baseline, the smallest things that the layout moves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "extractor/page/glyph.h"

namespace rappel::extractor::page {

struct Piece {
  float x0 = 0, x1 = 0, y0 = 0, y1 = 0;
  float base = 0, size = 0;           // of its largest glyphs
  std::vector<std::uint32_t> glyphs;  // in reading order; kSpace is set where a blank comes before
  std::uint32_t first = 0, last = 0;  // place in the stream
  bool marks_only = false;            // accents whose letter is not known yet
  bool right_to_left = false;         // has such letters
  bool bold = false, fixed = false;   // all of it
};

inline constexpr std::uint32_t kSpace = 1U << 31;

// Runs in stream order with gaps of at most one em, without those that are drawn twice at the same place,
// and joined where less than 0.75 em is between neighbours on a line.
// `uprights` are sorted by x; nothing is joined over one.
std::vector<Piece> find_pieces(const std::vector<Glyph>& glyphs, const std::vector<Upright>& uprights = {});

// In logical order.
std::u32string text_of(const Piece& piece, const std::vector<Glyph>& glyphs);

// Whether both stand on one line.
bool on_one_line(const Piece& a, const Piece& b);
// Whether a rule stands in [from, to] at the height of a line.
bool has_upright(const std::vector<Upright>& uprights, float from, float to, float base);
// Sorted by line, then from the left.
void sort_by_place(std::vector<Piece>& pieces);
// Appends `right` to `left`; a blank between them if there is room for one.
void join(Piece& left, const Piece& right, const std::vector<Glyph>& glyphs);

}  // namespace rappel::extractor::page
