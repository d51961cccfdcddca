#include "extractor/page/table.h"

#include <algorithm>

namespace rappel::extractor::page {
namespace {

constexpr float kLargerPitch = 1.18F;    // than the smallest
constexpr std::size_t kLongestRow = 12;  // lines; longer ones are not trusted
constexpr std::size_t kFewestRows = 3;   // that show a pattern

bool has_rule_between(const TableLine& above, const TableLine& below, const std::vector<float>& rules) {
  const float from = above.base, to = below.base - 0.3F * below.size;
  const auto found = std::lower_bound(rules.begin(), rules.end(), from);
  return found != rules.end() && *found <= to;
}

std::size_t longest_row(const std::vector<bool>& starts) {
  std::size_t longest = 0, length = 0;
  for (const bool start : starts) {
    length = start ? 1 : length + 1;
    longest = std::max(longest, length);
  }
  return longest;
}

std::vector<bool> by_rules(const std::vector<TableLine>& lines, const std::vector<float>& rules) {
  std::vector<bool> starts(lines.size(), false);
  starts[0] = true;
  for (std::size_t i = 1; i < lines.size(); ++i) starts[i] = has_rule_between(lines[i - 1], lines[i], rules);
  return starts;
}

std::size_t filled_cells(const TableLine& line) {
  return static_cast<std::size_t>(std::count(line.filled.begin(), line.filled.end(), true));
}

// Whether the first words of the line would have had room in the line above: its text does not go on here.
bool begins_again(const TableLine& above, const TableLine& line) {
  if (above.width.empty() || line.first_word.empty()) return false;
  for (std::size_t c = 0; c < line.filled.size(); ++c)
    if (line.filled[c] && (!above.filled[c] || above.width[c] + line.first_word[c] >= 1)) return false;
  return true;
}

// Rules around a group of rows do not make them one.
void split_groups(const std::vector<TableLine>& lines, std::vector<bool>& starts) {
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t end = i + 1, several = 0, again = 0;
    for (; end < lines.size() && !starts[end]; ++end) {
      if (filled_cells(lines[end]) < 2) continue;
      ++several;
      again += begins_again(lines[end - 1], lines[end]) ? 1 : 0;
    }
    if (again > 0 && again * 4 >= several)
      for (std::size_t line = i + 1; line < end; ++line) starts[line] = filled_cells(lines[line]) > 1;
    i = end;
  }
}

float smallest_pitch(const std::vector<TableLine>& lines) {
  std::vector<float> pitches;
  for (std::size_t i = 1; i < lines.size(); ++i) pitches.push_back(lines[i].base - lines[i - 1].base);
  const auto tenth = pitches.begin() + static_cast<std::ptrdiff_t>(pitches.size() / 10);
  std::nth_element(pitches.begin(), tenth, pitches.end());
  return *tenth;
}

std::vector<bool> by_pitch(const std::vector<TableLine>& lines) {
  std::vector<bool> starts(lines.size(), false);
  starts[0] = true;
  const float limit = kLargerPitch * smallest_pitch(lines);
  for (std::size_t i = 1; i < lines.size(); ++i) starts[i] = lines[i].base - lines[i - 1].base > limit;
  return starts;
}

bool is_full(const TableLine& line) {
  return std::all_of(line.filled.begin(), line.filled.end(), [](bool f) { return f; });
}

// Inside the rows found so far, a further line with the key, or with all columns, is a row of its own.
void split_by_key(const std::vector<TableLine>& lines, std::size_t key, std::vector<bool>& starts) {
  bool has_key = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (starts[i]) has_key = false;
    const bool keyed = lines[i].filled[key] || is_full(lines[i]);
    if (keyed && has_key) starts[i] = true;
    has_key = has_key || keyed;
  }
}

// The first line of the row has all cells, and no cell goes on after a line without it.
bool is_row(const std::vector<TableLine>& lines, std::size_t first, std::size_t end) {
  if (!is_full(lines[first])) return false;
  for (std::size_t i = first + 1; i < end; ++i)
    for (std::size_t c = 0; c < lines[i].filled.size(); ++c)
      if (lines[i].filled[c] && !lines[i - 1].filled[c]) return false;
  return true;
}

bool are_rows(const std::vector<TableLine>& lines, const std::vector<bool>& starts) {
  std::size_t rows = 0, aligned = 0;
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t end = i + 1;
    while (end < lines.size() && !starts[end]) ++end;
    ++rows;
    aligned += is_row(lines, i, end) ? 1 : 0;
    i = end;
  }
  return rows >= kFewestRows && rows < lines.size() && aligned * 10 >= rows * 9;
}

}  // namespace

bool has_aligned_rows(const std::vector<TableLine>& lines) {
  return lines.size() > kFewestRows && are_rows(lines, by_pitch(lines));
}

std::vector<bool> find_row_starts(const std::vector<TableLine>& lines, const std::vector<float>& rules,
                                  std::size_t key_column) {
  if (lines.size() < 2) return std::vector<bool>(lines.size(), true);
  std::vector<bool> ruled = by_rules(lines, rules);
  const auto count = static_cast<std::size_t>(std::count(ruled.begin(), ruled.end(), true));
  if (count > 2 && longest_row(ruled) <= kLongestRow && count * 5 >= lines.size()) {
    split_groups(lines, ruled);
    return ruled;
  }
  std::vector<bool> starts = by_pitch(lines);
  if (are_rows(lines, starts)) return starts;
  split_by_key(lines, key_column, starts);
  return starts;
}

}  // namespace rappel::extractor::page
