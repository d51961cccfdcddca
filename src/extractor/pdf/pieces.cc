#include "extractor/pdf/pieces.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "extractor/pdf/characters.h"

namespace rappel::extractor::pdf {
namespace {

// In em.
constexpr float kLongestGap = 1.0F, kMostOverlap = 0.6F;
constexpr float kJoinedGap = 0.75F;
constexpr float kWordGap = 0.12F;   // between pieces
constexpr float kObjectGap = 0.3F;  // between objects of a piece where PDFium sees no blank
constexpr float kRightToLeftGap = 0.12F;
constexpr float kSameBase = 0.15F, kScriptShift = 0.6F, kScriptGap = 0.35F, kScriptSize = 0.86F;
constexpr float kTwice = 0.15F;

float em(float a, float b) { return std::max({a, b, 0.1F}); }

float gap_after(const Piece& piece, const Glyph& last, const Glyph& next) {
  if (piece.right_to_left || is_right_to_left(next.code))
    return std::max({piece.x0 - next.x1, next.x0 - piece.x1, -0.1F});
  return next.x0 - last.x1;
}

// Sub- and superscripts: smaller, shifted, close.
bool is_script(const Piece& piece, const Glyph& next, float gap) {
  const float large = em(piece.size, next.size), small = std::min(piece.size, next.size);
  return small <= kScriptSize * large && std::fabs(next.base_y - piece.base) <= kScriptShift * large &&
         std::fabs(gap) <= kScriptGap * large;
}

bool continues(const Piece& piece, const Glyph& last, const Glyph& next) {
  const float size = em(last.size, next.size), gap = gap_after(piece, last, next);
  if (is_mark(next.code) && std::fabs(gap) <= size && std::fabs(next.base_y - piece.base) <= size)
    return true;
  if (gap > kLongestGap * size || gap < -kMostOverlap * size) return false;
  return std::fabs(next.base_y - piece.base) <= kSameBase * size || is_script(piece, next, gap);
}

void grow(Piece& piece, const Glyph& glyph) {
  piece.x0 = std::min(piece.x0, glyph.x0), piece.x1 = std::max(piece.x1, glyph.x1);
  piece.y0 = std::min(piece.y0, glyph.y0), piece.y1 = std::max(piece.y1, glyph.y1);
  piece.right_to_left = piece.right_to_left || is_right_to_left(glyph.code);
  if (glyph.size > piece.size * 1.01F) piece.size = glyph.size, piece.base = glyph.base_y;
}

Piece start(const Glyph& glyph, std::uint32_t index) {
  Piece piece{.x0 = glyph.x0,
              .x1 = glyph.x1,
              .y0 = glyph.y0,
              .y1 = glyph.y1,
              .base = glyph.base_y,
              .size = glyph.size,
              .glyphs = {index},
              .first = index,
              .last = index,
              .bold = glyph.bold,
              .fixed = glyph.fixed};
  piece.right_to_left = is_right_to_left(glyph.code);
  return piece;
}

bool has_blank(const Glyph& last, const Glyph& next) {
  const float gap = next.x0 - last.x1, size = em(last.size, next.size);
  if (is_mark(next.code)) return false;
  return next.space_before || (last.object != next.object && gap > kObjectGap * size);
}

std::vector<Piece> runs(const std::vector<Glyph>& glyphs) {
  std::vector<Piece> pieces;
  for (std::uint32_t i = 0; i < glyphs.size(); ++i) {
    if (i == 0 || !continues(pieces.back(), glyphs[i - 1], glyphs[i])) {
      pieces.push_back(start(glyphs[i], i));
      continue;
    }
    Piece& piece = pieces.back();
    piece.glyphs.push_back(has_blank(glyphs[i - 1], glyphs[i]) ? i | kSpace : i);
    piece.last = i;
    piece.bold = piece.bold && glyphs[i].bold;
    piece.fixed = piece.fixed && glyphs[i].fixed;
    grow(piece, glyphs[i]);
  }
  return pieces;
}

std::uint64_t hash_of(const Piece& piece, const std::vector<Glyph>& glyphs) {
  std::uint64_t hash = piece.glyphs.size();
  for (const std::uint32_t glyph : piece.glyphs)
    hash = (hash ^ glyphs[glyph & ~kSpace].code) * 0x9E3779B97F4A7C15U;
  return hash;
}

bool same_place(const Piece& a, const Piece& b) {
  const float slack = kTwice * em(a.size, b.size);
  return std::fabs(a.x0 - b.x0) <= slack && std::fabs(a.base - b.base) <= slack;
}

void drop_drawn_twice(std::vector<Piece>& pieces, const std::vector<Glyph>& glyphs) {
  constexpr std::size_t kLooks = 16;  // at most, for each piece
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> seen;
  std::vector<Piece> kept;
  kept.reserve(pieces.size());
  for (Piece& piece : pieces) {
    auto& twins = seen[hash_of(piece, glyphs)];
    const std::size_t from = twins.size() > kLooks ? twins.size() - kLooks : 0;
    if (std::any_of(twins.begin() + static_cast<std::ptrdiff_t>(from), twins.end(),
                    [&](std::uint32_t twin) { return same_place(kept[twin], piece); }))
      continue;
    twins.push_back(static_cast<std::uint32_t>(kept.size()));
    kept.push_back(std::move(piece));
  }
  pieces = std::move(kept);
}

std::vector<Piece> join_neighbours(std::vector<Piece> pieces, const std::vector<Glyph>& glyphs) {
  sort_by_place(pieces);
  std::vector<Piece> joined;
  joined.reserve(pieces.size());
  for (Piece& piece : pieces) {
    if (!joined.empty() && on_one_line(joined.back(), piece)) {
      const float gap = piece.x0 - joined.back().x1, size = em(joined.back().size, piece.size);
      if (gap < kJoinedGap * size && gap > -kMostOverlap * size) {
        join(joined.back(), piece, glyphs);
        continue;
      }
    }
    joined.push_back(std::move(piece));
  }
  return joined;
}

float middle(const Glyph& glyph) { return (glyph.x0 + glyph.x1) / 2; }

// A base glyph and the marks over it, which stay together.
struct Cluster {
  float middle = 0, x0 = 0, x1 = 0, size = 0;
  std::u32string text;
};

std::vector<Cluster> clusters_from_the_right(const Piece& piece, const std::vector<Glyph>& glyphs) {
  std::vector<Cluster> clusters;
  for (const std::uint32_t index : piece.glyphs) {
    const Glyph& glyph = glyphs[index & ~kSpace];
    if (is_mark(glyph.code) && !clusters.empty()) {
      clusters.back().text += glyph.code;
    } else {
      clusters.push_back({middle(glyph), glyph.x0, glyph.x1, glyph.size, std::u32string(1, glyph.code)});
    }
  }
  std::stable_sort(clusters.begin(), clusters.end(),
                   [](const Cluster& a, const Cluster& b) { return a.middle > b.middle; });
  return clusters;
}

// Turns the runs that are read from the left (numbers, Latin words) around.
void turn_runs(std::u32string& text) {
  const auto is_inner = [&](std::size_t i) { return !is_right_to_left(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    if (!is_left_to_right(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;  // after the last strong character of the run
    bool letters = is_letter(text[i]);
    for (std::size_t j = i + 1; j < text.size() && is_inner(j); ++j) {
      if (text[j] == ' ' && !letters && (j + 1 >= text.size() || !is_letter(text[j + 1]))) break;
      if (!is_left_to_right(text[j])) continue;
      letters = letters || is_letter(text[j]);
      end = j + 1;
    }
    std::reverse(text.begin() + static_cast<std::ptrdiff_t>(i),
                 text.begin() + static_cast<std::ptrdiff_t>(end));
    i = end;
  }
}

std::u32string right_to_left_text(const Piece& piece, const std::vector<Glyph>& glyphs) {
  std::u32string text;
  const Cluster* before = nullptr;
  const std::vector<Cluster> clusters = clusters_from_the_right(piece, glyphs);
  for (const Cluster& cluster : clusters) {
    if (before != nullptr && before->x0 - cluster.x1 > kRightToLeftGap * em(before->size, cluster.size))
      text += ' ';
    text += cluster.text;
    before = &cluster;
  }
  turn_runs(text);
  return text;
}

}  // namespace

bool on_one_line(const Piece& a, const Piece& b) {
  const float small = std::min(a.size, b.size), large = em(a.size, b.size);
  return std::fabs(a.base - b.base) <= (small > 0.5F * large ? 0.25F * small : 0.1F * large);
}

void sort_by_place(std::vector<Piece>& pieces) {
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.base < b.base; });
  for (auto line = pieces.begin(); line != pieces.end();) {
    auto end = line + 1;
    while (end != pieces.end() && on_one_line(*line, *end)) ++end;
    std::stable_sort(line, end, [](const Piece& a, const Piece& b) { return a.x0 < b.x0; });
    line = end;
  }
}

void join(Piece& left, const Piece& right, const std::vector<Glyph>& glyphs) {
  const float gap = right.x0 - left.x1;
  const Glyph& next = glyphs[right.glyphs.front() & ~kSpace];
  const bool neighbours = left.last + 1 == right.first;
  const bool blank = gap > kWordGap * em(left.size, right.size) || (neighbours && next.space_before);
  left.glyphs.insert(left.glyphs.end(), right.glyphs.begin(), right.glyphs.end());
  if (blank) left.glyphs[left.glyphs.size() - right.glyphs.size()] |= kSpace;
  left.x0 = std::min(left.x0, right.x0), left.x1 = std::max(left.x1, right.x1);
  left.y0 = std::min(left.y0, right.y0), left.y1 = std::max(left.y1, right.y1);
  if (right.size > left.size * 1.01F) left.size = right.size, left.base = right.base;
  left.right_to_left = left.right_to_left || right.right_to_left;
  left.bold = left.bold && right.bold;
  left.fixed = left.fixed && right.fixed;
  left.first = std::min(left.first, right.first);
  left.last = right.last;
}

std::vector<Piece> find_pieces(const std::vector<Glyph>& glyphs) {
  std::vector<Piece> pieces = runs(glyphs);
  drop_drawn_twice(pieces, glyphs);
  return join_neighbours(std::move(pieces), glyphs);
}

std::u32string text_of(const Piece& piece, const std::vector<Glyph>& glyphs) {
  if (piece.right_to_left) return right_to_left_text(piece, glyphs);
  std::u32string text;
  text.reserve(piece.glyphs.size() * 5 / 4);
  for (std::size_t i = 0; i < piece.glyphs.size(); ++i) {
    const Glyph& glyph = glyphs[piece.glyphs[i] & ~kSpace];
    const bool end = i + 1 == piece.glyphs.size();
    if (glyph.code == 0xAD && !end) continue;  // a soft hyphen is seen at the end of a line only
    if (i > 0 && (piece.glyphs[i] & kSpace) != 0) text += ' ';
    text += glyph.code == 0xAD ? U'-' : glyph.code;
  }
  return text;
}

}  // namespace rappel::extractor::pdf
