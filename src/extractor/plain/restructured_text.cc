#include "extractor/plain/restructured_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

// A line of one and the same sign, at least three of it.
bool is_adornment(std::string_view line) {
  line = trim_lines(line);
  return line.size() >= 3 && std::string_view("=-`:'\"~^_*+#<>.").find(line[0]) != std::string_view::npos &&
         line.find_first_not_of(line[0]) == std::string_view::npos;
}

// In signs, wide enough for a line under them.
std::size_t width_of(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(
      line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Headings {
 public:
  // The level follows from the order in which the kinds of adornment appear.
  int level(char sign, bool over) {
    const std::string style{sign, over ? '+' : '-'};
    const auto found = std::find(styles_.begin(), styles_.end(), style);
    const auto at = static_cast<int>(found - styles_.begin());
    if (found == styles_.end()) styles_.push_back(style);
    return std::min(at + 1, 9);
  }

 private:
  std::vector<std::string> styles_;
};

struct Place {
  std::string_view line;
  std::size_t begin = 0;
};

}  // namespace

Status read_restructured_text(const Source& source, ContentSink& sink) {
  std::string whole;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, whole));
  const std::string_view text = whole;
  Headings headings;
  Lines lines(text);
  Place before, last;  // the two lines before this one
  std::size_t given = 0;
  for (std::string_view line; lines.next(line);) {
    const bool title = is_adornment(line) && !is_blank(last.line) && !is_adornment(last.line) &&
                       trim(line).size() + 1 >= width_of(trim(last.line)) && last.begin >= given;
    const bool over =
        title && is_adornment(before.line) && before.line[0] == line[0] && before.begin >= given;
    // Text above a title is parted from it; a line of a table has blanks in it.
    if (title && (over || is_blank(before.line) || before.begin < given)) {
      const std::size_t begin = over ? before.begin : last.begin;
      RAPPEL_TRY(give_paragraphs(text.substr(given, begin - given), BlockKind::kParagraph, sink));
      RAPPEL_TRY(sink.block({.kind = BlockKind::kHeading,
                             .text = std::string(trim(last.line)),
                             .level = headings.level(line[0], over)}));
      given = lines.at();
    }
    before = last;
    last = {line, lines.begin()};
  }
  return give_paragraphs(text.substr(given), BlockKind::kParagraph, sink);
}

}  // namespace rappel::extractor
