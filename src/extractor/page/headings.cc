#include "extractor/page/headings.h"

#include <algorithm>
#include <cmath>

#include "extractor/page/characters.h"

namespace rappel::extractor::page {
namespace {

constexpr float kLarger = 1.12F;  // than the body's type
constexpr std::size_t kLongest = 200, kLongestBold = 100, kMostLines = 3, kMostOutlineLines = 6;
constexpr int kMaxLevel = 6;

int half_points(float size) { return static_cast<int>(std::lround(std::clamp(size, 0.0F, 1000.0F) * 2)); }

std::u32string without_number(const std::u32string& key) {
  std::size_t at = 0;
  while (at < key.size() && is_digit(key[at])) ++at;
  return key.substr(at);
}

bool ends_like_a_sentence(std::u32string text) {
  while (text.ends_with(U' ')) text.pop_back();
  return text.ends_with(U'.') || text.ends_with(U',') || text.ends_with(U';') || text.ends_with(0x3002);
}

bool has_letter(const std::u32string& text) { return std::any_of(text.begin(), text.end(), is_letter); }

}  // namespace

Headings::Headings(const std::vector<OutlineEntry>& outline) {
  for (const OutlineEntry& entry : outline) {
    const std::u32string key = key_of(entry.title);
    if (entry.page >= 0 && !key.empty())
      titles_[entry.page].push_back({key, without_number(key), std::clamp(entry.level, 1, 9)});
  }
}

void Headings::note(const Line& line) {
  characters_[half_points(line.size)] += line.text.size();
  total_ += line.text.size();
  if (line.bold) bold_ += line.text.size();
}

Headings::Found Headings::find(std::span<const Line> lines, std::size_t first, int page) const {
  return titles_.empty() ? find_by_type(lines, first) : find_in_outline(lines, first, page);
}

Headings::Found Headings::find_in_table(std::span<const Line> cell, int page) const {
  if (titles_.empty() && cell[0].size < kLarger * body_size()) return {};
  const Found found = find(cell, 0, page);
  return found.lines == cell.size() ? found : Found();
}

Headings::Found Headings::find_in_outline(std::span<const Line> lines, std::size_t first, int page) const {
  const auto titles = titles_.find(page);
  if (titles == titles_.end() || is_bullet(lines[first].text.front())) return {};
  std::u32string key;
  for (std::size_t i = first; i < std::min(lines.size(), first + kMostOutlineLines); ++i) {
    if (lines[i].text.size() > kLongest) break;
    key += key_of(to_text(lines[i].text));
    for (const Title& title : titles->second)
      if (key == title.key || without_number(key) == title.key || key == title.without_number)
        return {i - first + 1, title.level, key != title.key};
  }
  return {};
}

float Headings::body_size() const {
  const auto body = std::max_element(characters_.begin(), characters_.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return body == characters_.end() ? 0 : static_cast<float>(body->first) / 2;
}

Headings::Found Headings::find_by_type(std::span<const Line> lines, std::size_t first) const {
  const float body = body_size();
  const Line& line = lines[first];
  const bool large = line.size >= kLarger * body;
  const bool bold = line.bold && line.size >= 0.95F * body && bold_ * 4 < total_;
  if (body <= 0 || (!large && !bold)) return {};
  std::size_t count = 0, length = 0;
  while (first + count < lines.size() && half_points(lines[first + count].size) == half_points(line.size) &&
         lines[first + count].bold == line.bold) {
    length += lines[first + count].text.size();
    if (++count > kMostLines) return {};
  }
  const std::u32string& last = lines[first + count - 1].text;
  if (length > (large ? kLongest : kLongestBold) || !has_letter(line.text)) return {};
  if (!large && (count > 1 || ends_like_a_sentence(last))) return {};
  int level = 1;  // one more for each larger type
  for (const auto& [size, many] : characters_)
    if (size > half_points(line.size) && static_cast<float>(size) / 2 >= kLarger * body && many > 0) ++level;
  return {count, std::min(level, kMaxLevel), line.number > 0};
}

}  // namespace rappel::extractor::page
