#include "extractor/page/running_heads.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "extractor/page/characters.h"

namespace rappel::extractor::page {
namespace {

constexpr std::size_t kFewestPages = 3, kEdgeLines = 2, kLongest = 150, kMaxKnown = 100'000;
constexpr std::size_t kPageWord = 10;  // letters of "Page of"
constexpr float kPlace = 3;            // points
constexpr float kApart = 1.7F;         // em

using Range = std::pair<std::size_t, std::size_t>;

// The first and last lines of the page as ranges of its pieces.
std::vector<Range> edges(const std::vector<Piece>& pieces) {
  std::vector<Range> lines;
  for (std::size_t i = 0; i < pieces.size();) {
    std::size_t end = i + 1;
    while (end < pieces.size() && on_one_line(pieces[i], pieces[end])) ++end;
    lines.emplace_back(i, end);
    i = end;
  }
  if (lines.size() > 2 * kEdgeLines) lines.erase(lines.begin() + kEdgeLines, lines.end() - kEdgeLines);
  return lines;
}

bool is_roman(const std::u32string& word) {
  return !word.empty() && word.size() <= 6 && word.find_first_not_of(U"ivxlc") == word.npos;
}

// With one sign for each number, so that page numbers are alike.
std::u32string without_numbers(const std::u32string& text) {
  std::u32string out;
  for (const char32_t c : text) {
    if (!is_digit(c)) {
      out += c;
    } else if (!out.ends_with(U'#')) {
      out += U'#';
    }
  }
  return is_roman(out) ? U"#" : out;
}

std::u32string key_at(const std::u32string& text, long place) {
  std::u32string key = without_numbers(text);
  key += U'\n';
  key += static_cast<char32_t>(std::clamp(place, -50'000L, 50'000L) + 50'000L);
  return key;
}

// "7", "- 7 -", "Page 7 of 9" on page 7.
bool is_page_number(const std::u32string& text, int page, const std::string& label) {
  std::vector<std::string> numbers(1);
  std::size_t letters = 0;
  for (const char32_t c : text) {
    if (c < 0x80 && is_digit(c)) {
      numbers.back() += static_cast<char>(c);
    } else if (!numbers.back().empty()) {
      numbers.emplace_back();
    }
    if (is_letter(c)) ++letters;
  }
  if (numbers.back().empty()) numbers.pop_back();
  if (numbers.empty()) return !label.empty() && is_roman(text) && to_text(text) == label;
  if (letters > kPageWord || numbers.size() > 2) return false;
  return numbers.front() == std::to_string(page) || numbers.front() == label;
}

// Whether the line is the first or last of its page, with room to its neighbour.
bool is_apart(const std::vector<Piece>& pieces, std::size_t first, std::size_t end) {
  const Piece& line = pieces[first];
  if (first == 0 && end < pieces.size()) return pieces[end].base - line.base > kApart * line.size;
  return end == pieces.size() && first > 0 && line.base - pieces[first - 1].base > kApart * line.size;
}

template <class Use>
void for_each_edge(const std::vector<Piece>& pieces, const std::vector<Glyph>& glyphs, const Use& use) {
  for (const auto& [first, end] : edges(pieces)) {
    std::u32string text;
    for (std::size_t i = first; i < end && text.size() <= kLongest; ++i) text += text_of(pieces[i], glyphs);
    if (text.size() <= kLongest) use(first, end, text, std::lround(pieces[first].base / kPlace));
  }
}

}  // namespace

void RunningHeads::note(const std::vector<Piece>& pieces, const std::vector<Glyph>& glyphs) {
  if (pages_.size() > kMaxKnown) return;
  std::unordered_set<std::u32string> here;
  for_each_edge(pieces, glyphs, [&](std::size_t, std::size_t, const std::u32string& text, long place) {
    here.insert(key_at(text, place));
  });
  for (const std::u32string& key : here) ++pages_[key];
}

void RunningHeads::remove(std::vector<Piece>& pieces, const std::vector<Glyph>& glyphs, int page,
                          const std::string& label) const {
  std::vector<bool> out(pieces.size(), false);
  for_each_edge(pieces, glyphs,
                [&](std::size_t first, std::size_t end, const std::u32string& text, long place) {
                  std::size_t pages = 0;
                  for (const long near : {place - 1, place, place + 1})
                    if (const auto found = pages_.find(key_at(text, near)); found != pages_.end())
                      pages += found->second;
                  const bool number = is_apart(pieces, first, end) && is_page_number(text, page, label);
                  if (pages >= kFewestPages || number)
                    std::fill(out.begin() + static_cast<std::ptrdiff_t>(first),
                              out.begin() + static_cast<std::ptrdiff_t>(end), true);
                });
  if (std::find(out.begin(), out.end(), false) == out.end()) return;  // the page has nothing else
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (out[i]) continue;
    if (kept != i) pieces[kept] = std::move(pieces[i]);
    ++kept;
  }
  pieces.resize(kept);
}

}  // namespace rappel::extractor::page
