#include "extractor/page/pieces.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "extractor/page/characters.h"

namespace rappel::extractor::page {
namespace {

// In em.
constexpr float kLongestGap = 1.0F, kMostOverlap = 0.6F;
constexpr float kJoinedGap = 0.75F;
constexpr float kWordGap = 0.12F;    // between pieces
constexpr float kObjectGap = 0.15F;  // between objects of a piece where PDFium sees no blank
constexpr float kMarkGap = 0.1F;
constexpr float kTouching = 0.04F;
constexpr float kRightToLeftGap = 0.12F;
constexpr float kSameBase = 0.15F, kScriptShift = 0.6F, kScriptGap = 0.35F, kScriptSize = 0.86F;
constexpr float kInterleaved = 0.25F;               // most overlap of signs that are put between others
constexpr std::size_t kLongestInterleaved = 1'000;  // characters
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

// Characters that one drawn sign stands for (ligatures, syllables) come with the origin of the sign.
bool same_sign(const Glyph& last, const Glyph& next) {
  return last.object == next.object && last.base_x == next.base_x && last.base_y == next.base_y;
}

bool continues(const Piece& piece, const Glyph& last, const Glyph& next) {
  if (same_sign(last, next)) return true;
  const float size = em(last.size, next.size), gap = gap_after(piece, last, next);
  if (is_mark(next.code) && std::fabs(gap) <= size && std::fabs(next.base_y - piece.base) <= size)
    return true;
  if (piece.marks_only) {
    const float beside = std::max(piece.x0 - next.x1, next.x0 - piece.x1);
    return beside <= kLongestGap * size && std::fabs(next.base_y - piece.base) <= kScriptShift * size;
  }
  if (gap > kLongestGap * size || gap < -kMostOverlap * size) return false;
  return std::fabs(next.base_y - piece.base) <= kSameBase * size || is_script(piece, next, gap);
}

void grow(Piece& piece, const Glyph& glyph) {
  piece.x0 = std::min(piece.x0, glyph.x0), piece.x1 = std::max(piece.x1, glyph.x1);
  piece.y0 = std::min(piece.y0, glyph.y0), piece.y1 = std::max(piece.y1, glyph.y1);
  piece.right_to_left = piece.right_to_left || is_right_to_left(glyph.code);
  if (piece.marks_only && !is_mark(glyph.code)) {
    piece.marks_only = false;
    piece.size = glyph.size, piece.base = glyph.base_y;
  }
  if (glyph.size > piece.size * 1.01F && !is_mark(glyph.code))
    piece.size = glyph.size, piece.base = glyph.base_y;
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
  piece.marks_only = is_mark(glyph.code);
  return piece;
}

bool has_blank(const Piece& piece, const Glyph& last, const Glyph& next) {
  const float gap = next.x0 - std::max(last.x1, is_mark(last.code) ? piece.x1 : last.x1),
              size = em(last.size, next.size);
  if (is_mark(next.code) || same_sign(last, next)) return false;
  if (next.space_guessed && gap < kTouching * size) return false;
  return next.space_before || (last.object != next.object && gap > kObjectGap * size);
}

// A mark that is drawn late goes to the letter it stands over. False: that is the last one.
bool place_mark(Piece& piece, const std::vector<Glyph>& glyphs, std::uint32_t index) {
  constexpr std::size_t kLooks = 64;
  const Glyph& mark = glyphs[index];
  if (piece.right_to_left || same_sign(glyphs[index - 1], mark)) return false;
  const auto is_away = [&](const Glyph& letter) {
    return mark.x1 < letter.x0 || letter.x1 + kMarkGap * letter.size < mark.x0;
  };
  const std::size_t end = piece.glyphs.size(), first = end > kLooks ? end - kLooks : 0;
  std::size_t last = end;
  while (last > first && is_mark(glyphs[piece.glyphs[last - 1] & ~kSpace].code)) --last;
  if (last == first || !is_away(glyphs[piece.glyphs[last - 1] & ~kSpace])) return false;
  for (std::size_t i = last; i > first; --i) {
    if (is_away(glyphs[piece.glyphs[i - 1] & ~kSpace])) continue;
    piece.glyphs.insert(piece.glyphs.begin() + static_cast<std::ptrdiff_t>(i), index);
    return true;
  }
  return false;
}

std::vector<Piece> runs(const std::vector<Glyph>& glyphs, const std::vector<Upright>& uprights) {
  const auto parted = [&](const Glyph& last, const Glyph& next) {
    return last.object != next.object && next.x0 > last.x1 &&
           has_upright(uprights, last.x1, next.x0, next.base_y);
  };
  std::vector<Piece> pieces;
  for (std::uint32_t i = 0; i < glyphs.size(); ++i) {
    if (i == 0 || !continues(pieces.back(), glyphs[i - 1], glyphs[i]) || parted(glyphs[i - 1], glyphs[i])) {
      pieces.push_back(start(glyphs[i], i));
      continue;
    }
    Piece& piece = pieces.back();
    if (is_mark(glyphs[i].code) && place_mark(piece, glyphs, i)) continue;
    piece.glyphs.push_back(has_blank(piece, glyphs[i - 1], glyphs[i]) ? i | kSpace : i);
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

// A sign with its marks, as a range of a piece's glyphs.
struct Sign {
  std::size_t first = 0, end = 0;
  float x0 = 0, x1 = 0;
};

std::vector<Sign> signs_of(const Piece& piece, const std::vector<Glyph>& glyphs) {
  std::vector<Sign> signs;
  for (std::size_t i = 0; i < piece.glyphs.size(); ++i) {
    const Glyph& glyph = glyphs[piece.glyphs[i] & ~kSpace];
    const bool part =
        i > 0 && (is_mark(glyph.code) || same_sign(glyphs[piece.glyphs[i - 1] & ~kSpace], glyph));
    if (!part) signs.push_back({i, i, glyph.x0, glyph.x1});
    signs.back().end = i + 1;
    signs.back().x1 = std::max(signs.back().x1, glyph.x1);
  }
  return signs;
}

// Puts the signs of `inner` into the gaps of `outer`, where signs of another font were left out in drawing.
// False: they are drawn over one another, and nothing is changed.
bool interleave(Piece& outer, const Piece& inner, const std::vector<Glyph>& glyphs) {
  if (outer.right_to_left || inner.right_to_left || outer.glyphs.size() > kLongestInterleaved) return false;
  const std::vector<Sign> a = signs_of(outer, glyphs), b = signs_of(inner, glyphs);
  std::vector<std::uint32_t> merged;
  std::size_t i = 0, j = 0;
  bool was_inner = false;
  float end = outer.x0;
  while (i < a.size() || j < b.size()) {
    const bool from_inner = j < b.size() && (i == a.size() || b[j].x0 + b[j].x1 < a[i].x0 + a[i].x1);
    const Sign& sign = from_inner ? b[j++] : a[i++];
    const std::vector<std::uint32_t>& source = from_inner ? inner.glyphs : outer.glyphs;
    const float size = em(outer.size, inner.size);
    if (from_inner && end - sign.x0 > kInterleaved * size) return false;
    const bool seam = from_inner != was_inner;
    was_inner = from_inner;
    for (std::size_t k = sign.first; k < sign.end; ++k) merged.push_back(source[k]);
    if (seam) {
      std::uint32_t& first = merged[merged.size() - (sign.end - sign.first)];
      first = (first & ~kSpace) | (sign.x0 - end > kWordGap * size ? kSpace : 0);
    }
    end = std::max(end, sign.x1);
  }
  outer.glyphs = std::move(merged);
  outer.x1 = std::max(outer.x1, inner.x1);
  outer.y0 = std::min(outer.y0, inner.y0), outer.y1 = std::max(outer.y1, inner.y1);
  outer.first = std::min(outer.first, inner.first);
  return true;
}

std::vector<Piece> join_neighbours(std::vector<Piece> pieces, const std::vector<Glyph>& glyphs,
                                   const std::vector<Upright>& uprights) {
  sort_by_place(pieces);
  std::vector<Piece> joined;
  joined.reserve(pieces.size());
  for (Piece& piece : pieces) {
    if (!joined.empty() && on_one_line(joined.back(), piece)) {
      Piece& last = joined.back();
      const float gap = piece.x0 - last.x1, size = std::max(0.1F, std::min(last.size, piece.size));
      const bool mark = is_mark(glyphs[piece.glyphs.front() & ~kSpace].code) && gap < 0;
      const bool near = gap < kJoinedGap * size && gap > -kMostOverlap * size;
      if (mark || (near && !has_upright(uprights, last.x1 - size / 4, piece.x0 + size / 4, piece.base))) {
        join(last, piece, glyphs);
        continue;
      }
      if (gap < 0 && interleave(last, piece, glyphs)) continue;
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

// The cluster whose base the mark is drawn over; clusters from the right.
Cluster& nearest(std::vector<Cluster>& clusters, float place) {
  auto after = std::lower_bound(clusters.begin(), clusters.end(), place,
                                [](const Cluster& cluster, float x) { return cluster.middle > x; });
  if (after == clusters.end()) return clusters.back();
  if (after != clusters.begin() && (after - 1)->middle - place < place - after->middle) --after;
  return *after;
}

std::vector<Cluster> clusters_from_the_right(const Piece& piece, const std::vector<Glyph>& glyphs) {
  std::vector<Cluster> clusters;
  std::vector<const Glyph*> marks;
  for (const std::uint32_t index : piece.glyphs) {
    const Glyph& glyph = glyphs[index & ~kSpace];
    if (is_mark(glyph.code)) {
      marks.push_back(&glyph);
    } else {
      clusters.push_back({middle(glyph), glyph.x0, glyph.x1, glyph.size, std::u32string(1, glyph.code)});
    }
  }
  std::stable_sort(clusters.begin(), clusters.end(),
                   [](const Cluster& a, const Cluster& b) { return a.middle > b.middle; });
  if (clusters.empty()) return clusters;
  for (const Glyph* mark : marks) nearest(clusters, middle(*mark)).text += mark->code;
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
  const bool blank =
      gap > kWordGap * em(left.size, right.size) || (neighbours && next.space_before && !is_mark(next.code));
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

bool has_upright(const std::vector<Upright>& uprights, float from, float to, float base) {
  constexpr int kLooks = 64;
  auto at = std::lower_bound(uprights.begin(), uprights.end(), from,
                             [](const Upright& rule, float x) { return rule.x < x; });
  for (int i = 0; i < kLooks && at != uprights.end() && at->x <= to; ++i, ++at)
    if (at->y0 <= base && base <= at->y1) return true;
  return false;
}

std::vector<Piece> find_pieces(const std::vector<Glyph>& glyphs, const std::vector<Upright>& uprights) {
  std::vector<Piece> pieces = runs(glyphs, uprights);
  drop_drawn_twice(pieces, glyphs);
  return join_neighbours(std::move(pieces), glyphs, uprights);
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

}  // namespace rappel::extractor::page
