#include "extractor/page/gutters.h"

#include <algorithm>
#include <limits>

namespace rappel::extractor::page {
namespace {

constexpr float kNarrowest = 0.75F;  // em
constexpr std::size_t kFewestRows = 3, kFewestOnASide = 2, kFewestRuled = 2;
constexpr std::size_t kMaxRows = 3'000, kMaxOpen = 32, kMaxCandidates = 4'000;
constexpr float kFar = std::numeric_limits<float>::max();

// A strip that is still free at the current row.
struct Open {
  Interval free;
  std::size_t first = 0, left = 0, right = 0;  // first row; rows with text on either side
  std::size_t ruled = 0;                       // rows with a rule in it
};

struct Candidate {
  std::size_t first = 0, end = 0, weight = 0;
  Interval free;
};

std::vector<Interval> free_of(const Row& row) {
  std::vector<Interval> free;
  float from = -kFar;
  for (const Interval& text : row.text) {
    if (text.from > from) free.push_back({from, text.from});
    from = std::max(from, text.to);
  }
  free.push_back({from, kFar});
  return free;
}

void count_sides(Open& strip, const Row& row) {
  if (std::any_of(row.ruled.begin(), row.ruled.end(),
                  [&](float x) { return strip.free.from <= x && x <= strip.free.to; }))
    ++strip.ruled;
  if (row.text.front().to <= strip.free.from) ++strip.left;
  if (row.text.back().from >= strip.free.to) ++strip.right;
}

void close(std::vector<Candidate>& candidates, const Open& strip, std::size_t end) {
  const bool ruled = strip.ruled == end - strip.first;
  if (end - strip.first < (ruled ? kFewestRuled : kFewestRows) ||
      std::min(strip.left, strip.right) < kFewestOnASide)
    return;
  if (candidates.size() < kMaxCandidates)
    candidates.push_back({strip.first, end, std::min(strip.left, strip.right), strip.free});
}

bool contains(const Interval& outer, const Interval& inner) {
  return outer.from <= inner.from && inner.to <= outer.to;
}

std::vector<Candidate> find_candidates(const std::vector<Row>& rows) {
  std::vector<Candidate> candidates;
  std::vector<Open> open;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::vector<Interval> free = free_of(rows[i]);
    const float narrowest = kNarrowest * rows[i].size;
    std::vector<Open> next;
    for (const Open& strip : open) {
      bool whole = false;
      for (const Interval& interval : free) {
        const Interval both{std::max(interval.from, strip.free.from), std::min(interval.to, strip.free.to)};
        if (both.to - both.from < narrowest || next.size() == kMaxOpen) continue;
        whole = whole || contains(both, strip.free);
        Open smaller = strip;
        smaller.free = both;
        count_sides(smaller, rows[i]);
        next.push_back(smaller);
      }
      if (!whole) close(candidates, strip, i);
    }
    for (const Interval& interval : free) {
      const bool known = std::any_of(next.begin(), next.end(),
                                     [&](const Open& strip) { return contains(strip.free, interval); });
      if (known || next.size() == kMaxOpen) continue;
      Open strip{.free = interval, .first = i};
      count_sides(strip, rows[i]);
      next.push_back(strip);
    }
    open = std::move(next);
  }
  for (const Open& strip : open) close(candidates, strip, rows.size());
  return candidates;
}

// Strips of at least the smallest width that all rows of the band leave free, with text on both sides.
std::vector<Interval> common_gutters(const std::vector<Row>& rows, const Candidate& band) {
  std::vector<Interval> common = {{-kFar, kFar}};
  float left = kFar, right = -kFar, size = 0;
  for (std::size_t i = band.first; i < band.end; ++i) {
    left = std::min(left, rows[i].text.front().from), right = std::max(right, rows[i].text.back().to);
    size = std::max(size, rows[i].size);
    std::vector<Interval> next;
    for (const Interval& a : common)
      for (const Interval& b : free_of(rows[i]))
        if (const Interval both{std::max(a.from, b.from), std::min(a.to, b.to)};
            both.to - both.from >= kNarrowest * rows[i].size && next.size() < kMaxOpen)
          next.push_back(both);
    common = std::move(next);
  }
  std::erase_if(common, [&](const Interval& gutter) { return gutter.from < left || gutter.to > right; });
  return common;
}

float usual_size(const std::vector<Row>& rows) {
  std::vector<float> sizes;
  for (const Row& row : rows) sizes.push_back(row.size);
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

}  // namespace

std::vector<Band> find_bands(std::vector<Row> rows) {
  std::vector<Band> bands;
  if (rows.size() < kFewestRuled || rows.size() > kMaxRows) return bands;
  // Large headings need no wider gutter.
  const float usual = usual_size(rows);
  for (Row& row : rows) row.size = std::min(row.size, usual);
  std::vector<Candidate> candidates = find_candidates(rows);
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.end - a.first < b.end - b.first;
  });
  std::vector<bool> taken(rows.size(), false);
  for (const Candidate& candidate : candidates) {
    const auto from = taken.begin() + static_cast<std::ptrdiff_t>(candidate.first);
    const auto to = taken.begin() + static_cast<std::ptrdiff_t>(candidate.end);
    if (std::find(from, to, true) != to) continue;
    Band band{candidate.first, candidate.end, common_gutters(rows, candidate)};
    if (band.gutters.empty()) continue;
    std::fill(from, to, true);
    bands.push_back(std::move(band));
  }
  std::sort(bands.begin(), bands.end(), [](const Band& a, const Band& b) { return a.first < b.first; });
  return bands;
}

}  // namespace rappel::extractor::page
