#include "cli/result_text.h"

#include <algorithm>
#include <string_view>

#include "base/escape_controls.h"

namespace rappel {
namespace {

constexpr std::size_t kShownBytes = 400;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Bytes of code points, which are asked for in ascending order.
class Offsets {
 public:
  explicit Offsets(std::string_view text) : text_(text) {}
  std::size_t of(std::size_t code_point) {
    for (; code_point_ < code_point && at_ < text_.size(); ++code_point_)
      while (++at_ < text_.size() && continues_character(text_[at_])) continue;
    return at_;
  }

 private:
  const std::string_view text_;
  std::size_t at_ = 0, code_point_ = 0;
};

std::string in_one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return escape_controls(line);
}

std::string marked(std::string_view word, const Terminal& style) {
  const std::string line = in_one_line(word);
  return style.colour ? style.heading(line) : "*" + line + "*";
}

}  // namespace

std::string result_line(const ScoredChunk& result, const Terminal& style) {
  const std::string_view text = result.chunk.text;
  std::size_t begin = 0;
  if (result.best_sentence && Offsets(text).of(result.best_sentence->end) > kShownBytes)
    begin = Offsets(text).of(result.best_sentence->begin);
  std::size_t end = std::min(text.size(), begin + kShownBytes);
  while (end > begin && end < text.size() && continues_character(text[end])) --end;
  std::string line = begin > 0 ? "..." : "";
  Offsets offsets(text);
  std::size_t at = begin;
  for (const TextRange& word : result.highlights) {
    const std::size_t from = std::clamp(offsets.of(word.begin), at, end);
    const std::size_t to = std::clamp(offsets.of(word.end), at, end);
    if (from == to) continue;
    line += in_one_line(text.substr(at, from - at)) + marked(text.substr(from, to - from), style);
    at = to;
  }
  return line + in_one_line(text.substr(at, end - at)) + (end < text.size() ? "..." : "");
}

}  // namespace rappel
