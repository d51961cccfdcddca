#include "extractor/page/words.h"

#include <algorithm>

#include "extractor/page/characters.h"

namespace rappel::extractor::page {
namespace {

constexpr std::size_t kCompoundPart = 4;
constexpr std::size_t kMaxWords = 200'000, kLongestWord = 60;
// A text whose lines end with hyphens this often is hyphenated; less often they are compounds.
constexpr std::size_t kBrokenPerThousand = 15;

bool is_word(char32_t c) { return is_letter(c) || is_mark(c); }

std::u32string word_at_end(const std::u32string& text, std::size_t end) {
  std::size_t from = end;
  while (from > 0 && end - from < kLongestWord && is_word(text[from - 1])) --from;
  return lower_case(text.substr(from, end - from));
}

std::u32string word_at_start(const std::u32string& text, std::size_t from = 0) {
  std::size_t end = from;
  while (end < text.size() && end - from < kLongestWord && is_word(text[end])) ++end;
  return lower_case(text.substr(from, end - from));
}

bool ends_in_broken_word(const std::u32string& text) {
  return text.size() >= 2 && is_hyphen(text.back()) && is_letter(text[text.size() - 2]);
}

// Whether the last word is an address, which is broken after a slash without a blank.
bool ends_in_address(const std::u32string& text) {
  if (text.empty() || text.back() != '/') return false;
  const std::size_t blank = text.rfind(U' ');
  return text.find(U"://", blank == text.npos ? 0 : blank) != text.npos;
}

// The last characters before the hyphen, enough for a word.
std::u32string end_of(const std::u32string& text) {
  const std::size_t end = text.size() - 1, from = end > kLongestWord ? end - kLongestWord : 0;
  return text.substr(from, end - from);
}

}  // namespace

void Words::note(const std::u32string& line) {
  ++lines_;
  if (ends_in_broken_word(line)) ++broken_;
  if (line.ends_with(U' ')) ++blank_;
  if (plain_.size() + hyphenated_.size() > kMaxWords) return;
  for (std::size_t i = 0; i < line.size();) {
    const std::u32string word = word_at_start(line, i);
    if (word.empty()) {
      ++i;
      continue;
    }
    const std::size_t end = i + word.size();
    const std::u32string second =
        end + 1 < line.size() && is_hyphen(line[end]) ? word_at_start(line, end + 1) : std::u32string();
    if (!second.empty()) hyphenated_.insert(word + U'-' + second);
    if (i > 0 && end < line.size() && word.size() > 3) plain_.insert(word);  // whole for sure
    i = std::max(end, i + 1);
  }
}

bool Words::joins(const std::u32string& left, const std::u32string& right) const {
  const std::u32string first = word_at_end(left, left.size()), second = word_at_start(right);
  if (plain_.count(first + second) > 0) return true;
  if (hyphenated_.count(first + U'-' + second) > 0) return false;
  // Two words of the text are a compound rather than one broken word.
  if (first.size() >= kCompoundPart && second.size() >= kCompoundPart && plain_.count(first) > 0 &&
      plain_.count(second) > 0)
    return false;
  return broken_ * 1000 >= lines_ * kBrokenPerThousand;
}

void append_line(std::u32string& text, const std::u32string& line, const Words& words) {
  if (text.empty() || line.empty() || text.back() == ' ') {
    text += line;
    return;
  }
  if (is_hyphen(text.back()) && text.size() > 1 && text[text.size() - 2] != ' ') {
    if (is_letter(text[text.size() - 2]) && is_lower(line.front()) && words.joins(end_of(text), line))
      text.pop_back();
    text += line;
    return;
  }
  const bool unspaced = is_unspaced(text.back()) && is_unspaced(line.front());
  if (!unspaced && !ends_in_address(text)) text += ' ';
  text += line;
}

}  // namespace rappel::extractor::page
