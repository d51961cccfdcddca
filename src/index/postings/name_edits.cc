#include "index/postings/name_edits.h"

#include <algorithm>

#include "base/utf8.h"

namespace rappel {
namespace {

// The character at `at`; a byte by itself where the UTF-8 is torn, as in a damaged file.
char32_t character_at(std::string_view text, std::size_t at, std::size_t& length) {
  if (at + utf8_length(text[at]) <= text.size()) return utf8_decode(text, at, length);
  length = 1;
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

NameEdits::NameEdits(std::string_view wanted, int most) : most_(most) {
  wanted = wanted.substr(0, kLongest);
  for (std::size_t at = 0, length; at < wanted.size(); at += length)
    wanted_.push_back(character_at(wanted, at, length));
  for (std::size_t j = 0; j < rows_[0].size(); ++j)
    rows_[0][j] = static_cast<std::uint8_t>(std::min<std::size_t>(j, static_cast<std::size_t>(most_) + 1));
}

int NameEdits::of(std::string_view name, std::size_t shared) {
  name = name.substr(0, kLongest);
  if (hopeless_ && ends_[depth_ - 1] <= shared) return most_ + 1;
  hopeless_ = false;
  while (depth_ > 0 && ends_[depth_ - 1] > shared) --depth_;
  for (std::size_t at = depth_ == 0 ? 0 : ends_[depth_ - 1], length; at < name.size(); at += length) {
    const char32_t character = character_at(name, at, length);
    ends_[depth_] = at + length;
    hopeless_ = !add(character);
    if (hopeless_) return most_ + 1;
  }
  const std::size_t difference = depth_ > wanted_.size() ? depth_ - wanted_.size() : wanted_.size() - depth_;
  return difference > static_cast<std::size_t>(most_) ? most_ + 1 : rows_[depth_][wanted_.size()];
}

// Cells further than `most_` from the diagonal are too large; those next to the others are written.
bool NameEdits::add(char32_t character) {
  characters_[depth_++] = character;
  const std::size_t i = depth_, most = static_cast<std::size_t>(most_);
  const auto too_large = static_cast<std::uint8_t>(most + 1);
  const std::size_t low = i > most ? i - most : 1, high = std::min(wanted_.size(), i + most);
  Row& row = rows_[i];
  const Row& above = rows_[i - 1];
  row[low - 1] = static_cast<std::uint8_t>(std::min(low == 1 ? i : most + 1, most + 1));
  std::uint8_t least = row[low - 1];
  for (std::size_t j = low; j <= high; ++j) {
    int edits = std::min(above[j], row[j - 1]) + 1;
    edits = std::min(edits, above[j - 1] + (character == wanted_[j - 1] ? 0 : 1));
    if (i > 1 && j > 1 && character == wanted_[j - 2] && characters_[i - 2] == wanted_[j - 1])
      edits = std::min(edits, rows_[i - 2][j - 2] + 1);
    row[j] = static_cast<std::uint8_t>(std::min<int>(edits, too_large));
    least = std::min(least, row[j]);
  }
  if (high + 1 < row.size()) row[high + 1] = too_large;
  return least <= most;
}

}  // namespace rappel
