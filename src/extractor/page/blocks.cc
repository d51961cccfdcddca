#include "extractor/page/blocks.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "extractor/page/characters.h"

namespace rappel::extractor::page {
namespace {

constexpr float kLargerPitch = 1.3F;  // between paragraphs, of the usual distance of lines
constexpr float kIndent = 0.8F;       // em
constexpr float kSameSize = 0.08F;
constexpr float kNoteSize = 0.93F;  // of the body's type
constexpr std::size_t kFewestBodyLines = 3;
constexpr float kShort = 0.75F;  // of the width of the region

// "• text", "12. text", "a) text".
bool is_list_item(const std::u32string& text) {
  if (text.size() < 3) return false;
  if (is_bullet(text[0])) return text[1] == ' ';
  std::size_t at = text[0] == '(' ? 1 : 0;
  const std::size_t from = at;
  while (at < text.size() && at - from < 3 && is_digit(text[at])) ++at;
  if (at == from && at + 1 < text.size() && is_lower(text[at]) && text[at] < 0x80) ++at;
  return at > from && at + 1 < text.size() && (text[at] == '.' || text[at] == ')') && text[at + 1] == ' ';
}

bool ends_sentence(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == ':' || c == ';' || c == 0x3002 || c == 0xFF01 ||
         c == 0xFF1F || c == 0x2026 || c == 0x61F || c == 0x6D4 || c == 0x964;
}

// Size without blanks at the end.
std::size_t without_blanks(const std::u32string& text) {
  const std::size_t last = text.find_last_not_of(U' ');
  return last == text.npos ? 0 : last + 1;
}

// Ends with a sentence, quotes and brackets aside.
bool is_closed(const std::u32string& text) {
  std::size_t end = without_blanks(text);
  while (end > 0 && (text[end - 1] == ')' || text[end - 1] == '"' || text[end - 1] == '\'' ||
                     text[end - 1] == 0x201D || text[end - 1] == 0x2019 || text[end - 1] == 0xBB))
    --end;
  return end == 0 || ends_sentence(text[end - 1]);
}

bool same_size(float a, float b) { return std::fabs(a - b) <= kSameSize * std::max(a, b); }

float usual_pitch(std::span<const Line> lines) {
  std::vector<float> pitches;
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (const float pitch = lines[i].base - lines[i - 1].base; pitch > 0 && pitch < 3 * lines[i].size)
      pitches.push_back(pitch);
  if (pitches.empty()) return 0;
  const auto third = pitches.begin() + static_cast<std::ptrdiff_t>(pitches.size() / 3);
  std::nth_element(pitches.begin(), third, pitches.end());
  return *third;
}

// "1 See ..", "* See ..": how a footnote begins.
bool begins_like_a_note(const std::u32string& text) {
  return text.size() > 2 && (is_digit(text[0]) || text[0] == '*' || text[0] == 0x2020 || text[0] == 0x2021 ||
                             (text[0] == '[' && is_digit(text[1])));
}

// Where the footnotes of a column begin: lines in smaller type at its end. lines.size(): it has none.
std::size_t first_note(const std::vector<Line>& lines) {
  if (lines.size() <= kFewestBodyLines) return lines.size();
  std::vector<float> sizes;
  for (const Line& line : lines) sizes.push_back(line.size);
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  std::size_t at = lines.size();
  while (at > kFewestBodyLines && lines[at - 1].size < kNoteSize * *middle) --at;
  while (at < lines.size() && !begins_like_a_note(lines[at].text)) ++at;
  return at;
}

void build_notes(std::span<const Line> lines, const Words& words, std::vector<OpenBlock>& notes) {
  bool first = true;
  for (const Line& line : lines) {
    if (first || begins_like_a_note(line.text)) {
      notes.push_back({.kind = BlockKind::kNote, .text = line.text, .size = line.size});
    } else {
      append_line(notes.back().text, line.text, words);
    }
    first = false;
  }
}

class RegionBlocks {
 public:
  RegionBlocks(std::span<const Line> lines, int page, const Headings& headings, const Words& words)
      : lines_(lines), page_(page), headings_(headings), words_(words), pitch_(usual_pitch(lines)) {
    if (lines_.empty()) return;
    left_ = lines_[0].x0, right_ = lines_[0].x1;
    for (const Line& line : lines_) left_ = std::min(left_, line.x0), right_ = std::max(right_, line.x1);
  }

  void build(std::vector<OpenBlock>& blocks) {
    const std::size_t before = blocks.size();
    for (std::size_t i = 0; i < lines_.size();) {
      if (const Headings::Found heading = headings_.find(lines_, i, page_); heading.lines > 0) {
        std::u32string text;
        for (std::size_t j = 0; j < heading.lines; ++j) append_line(text, lines_[i + j].text, words_);
        if (const std::size_t number = heading.numbered ? lines_[i].number : 0; number > 0) {
          blocks.push_back({.text = text.substr(0, number), .size = lines_[i].size});
          text.erase(0, text.find_first_not_of(U' ', number));
        }
        OpenBlock block{.kind = BlockKind::kHeading,
                        .text = std::move(text),
                        .level = heading.level,
                        .size = lines_[i].size};
        blocks.push_back(std::move(block));
        i += heading.lines;
        after_heading_ = true;
        continue;
      }
      const bool first = blocks.size() == before || after_heading_;
      if (first || starts_block(i, blocks.back())) {
        const BlockKind kind = lines_[i].fixed                ? BlockKind::kCode
                               : is_list_item(lines_[i].text) ? BlockKind::kListItem
                                                              : BlockKind::kParagraph;
        blocks.push_back({.kind = kind, .text = lines_[i].text, .size = lines_[i].size});
      } else if (blocks.back().kind == BlockKind::kCode) {
        blocks.back().text += U'\n' + lines_[i].text;
      } else {
        append_line(blocks.back().text, lines_[i].text, words_);
      }
      blocks.back().full = is_full(lines_[i]);
      after_heading_ = false;
      ++i;
    }
  }

 private:
  bool is_full(const Line& line) const {
    const float width = line.right_to_left ? right_ - line.x0 : line.x1 - left_;
    return width >= kShort * (right_ - left_);
  }

  // Whether line `i` is the first of a paragraph; there is one before it.
  bool starts_block(std::size_t i, const OpenBlock& block) const {
    const Line &line = lines_[i], &before = lines_[i - 1];
    if (line.fixed != (block.kind == BlockKind::kCode)) return true;
    const float pitch = line.base - before.base;
    if (!same_size(line.size, before.size) || line.bold != before.bold) return true;
    if (pitch < 0 || (pitch_ > 0 && pitch > kLargerPitch * pitch_)) return true;
    if (line.fixed) return false;
    if (is_list_item(line.text)) return true;
    const float indent = line.right_to_left ? before.x1 - line.x1 : line.x0 - before.x0;
    if (indent > kIndent * line.size && block.kind != BlockKind::kListItem) return true;
    return !is_full(before) && (is_closed(before.text) || !is_lower(line.text.front()));
  }

  const std::span<const Line> lines_;
  const int page_;
  const Headings& headings_;
  const Words& words_;
  const float pitch_;
  float left_ = 0, right_ = 0;
  bool after_heading_ = false;
};

// Whether a word that is wider than its cell is broken between the lines.
bool is_broken_word(const Line& line, const Line& next, const Words& words) {
  return words.keeps_blanks() && line.text.find(U' ') == line.text.npos && !line.text.empty() &&
         is_letter(line.text.back()) && is_lower(next.text.front());
}

std::u32string cell_text(const std::vector<Line>& lines, const Words& words) {
  std::u32string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0 && is_broken_word(lines[i - 1], lines[i], words)) {
      text += lines[i].text;
    } else {
      append_line(text, lines[i].text, words);
    }
  }
  text.resize(without_blanks(text));
  return text;
}

bool is_bold(const std::vector<std::vector<Line>>& row) {
  return std::all_of(row.begin(), row.end(), [](const std::vector<Line>& cell) {
    return std::all_of(cell.begin(), cell.end(), [](const Line& line) { return line.bold; });
  });
}

bool has_digit(const std::vector<Line>& cell) {
  return std::any_of(cell.begin(), cell.end(), [](const Line& line) {
    return std::any_of(line.text.begin(), line.text.end(), is_digit);
  });
}

// Whether the first row names the columns: it has no numbers and is full, and is set in bold or stands over
// numbers.
bool has_header(const Region& region) {
  if (region.rows.size() < 2 || region.continues) return false;
  const auto &head = region.rows[0], &next = region.rows[1];
  for (const std::vector<Line>& cell : head)
    if (cell.empty() || has_digit(cell)) return false;
  return (is_bold(head) && !is_bold(next)) || std::any_of(next.begin(), next.end(), has_digit);
}

// The cell of a row that has no other; null if it has more.
const std::vector<Line>* only_cell(const std::vector<std::vector<Line>>& row) {
  const std::vector<Line>* only = nullptr;
  for (const std::vector<Line>& cell : row) {
    if (cell.empty()) continue;
    if (only != nullptr) return nullptr;
    only = &cell;
  }
  return only;
}

void build_rows(const Region& region, int page, const Headings& headings, const Words& words,
                std::vector<OpenBlock>& blocks) {
  std::uint32_t row = 0;
  const std::size_t first = blocks.size();
  for (const auto& cells : region.rows) {
    if (const std::vector<Line>* cell = only_cell(cells); cell != nullptr && !region.continues) {
      const Headings::Found heading = headings.find_in_table(*cell, page);
      if (heading.lines > 0 || !region.ruled) {
        blocks.push_back({.kind = heading.lines > 0 ? BlockKind::kHeading : BlockKind::kParagraph,
                          .text = cell_text(*cell, words),
                          .level = heading.level,
                          .size = cell->front().size});
        continue;
      }
    }
    OpenBlock block{.kind = BlockKind::kTableRow, .row = ++row};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) block.text += '\t';
      block.text += cell_text(cells[i], words);
    }
    blocks.push_back(std::move(block));
  }
  if (row == 0 || blocks[first].row == 0) return;
  blocks[first].continues = region.continues;
  blocks[first].header_row = has_header(region);
}

std::vector<std::u32string> cells_of(const std::u32string& row) {
  std::vector<std::u32string> cells(1);
  for (const char32_t c : row) {
    if (c == '\t') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

}  // namespace

bool goes_on(const OpenBlock& block, const OpenBlock& next) {
  if (block.kind == BlockKind::kTableRow && next.continues) return true;
  const bool text = block.kind == BlockKind::kParagraph || block.kind == BlockKind::kListItem;
  if (!text || next.kind != BlockKind::kParagraph || block.text.empty() || next.text.empty()) return false;
  if (!same_size(block.size, next.size) || is_closed(block.text)) return false;
  if (!block.full) return false;
  return is_lower(next.text.front()) || is_hyphen(block.text.back()) ||
         (is_unspaced(block.text.back()) && is_unspaced(next.text.front()));
}

PageBlocks find_blocks(const std::vector<Region>& regions, int page, const Headings& headings,
                       const Words& words) {
  PageBlocks blocks;
  std::vector<OpenBlock>& text = blocks.text;
  for (const Region& region : regions) {
    const std::size_t before = text.size();
    const std::size_t end = first_note(region.lines);
    RegionBlocks({region.lines.data(), end}, page, headings, words).build(text);
    build_notes({region.lines.data() + end, region.lines.size() - end}, words, blocks.notes);
    build_rows(region, page, headings, words, text);
    if (before > 0 && before < text.size() && goes_on(text[before - 1], text[before])) {
      append_block(text[before - 1], text[before], words);
      text.erase(text.begin() + static_cast<std::ptrdiff_t>(before));
    }
  }
  return blocks;
}

void append_block(OpenBlock& block, const OpenBlock& rest, const Words& words) {
  if (block.kind != BlockKind::kTableRow) {
    append_line(block.text, rest.text, words);
    return;
  }
  std::vector<std::u32string> cells = cells_of(block.text);
  const std::vector<std::u32string> more = cells_of(rest.text);
  cells.resize(std::max(cells.size(), more.size()));
  for (std::size_t i = 0; i < more.size(); ++i) append_line(cells[i], more[i], words);
  block.text.clear();
  for (std::size_t i = 0; i < cells.size(); ++i) block.text += (i > 0 ? U"\t" : U"") + cells[i];
}

Block finished(const OpenBlock& block) {
  const std::u32string text = block.text.substr(0, without_blanks(block.text));
  return {.kind = block.kind,
          .text = to_text(text),
          .level = block.level,
          .row = block.row,
          .header_row = block.header_row};
}

}  // namespace rappel::extractor::page
