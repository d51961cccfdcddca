#include "extractor/pdf/blocks.h"

#include <algorithm>
#include <cmath>

#include "extractor/pdf/characters.h"

namespace rappel::extractor::pdf {
namespace {

constexpr float kLargerPitch = 1.3F;  // between paragraphs, of the usual distance of lines
constexpr float kIndent = 0.8F;       // em
constexpr float kSameSize = 0.08F;
constexpr float kShort = 0.75F;  // of the width of the region

bool is_bullet(char32_t c) {
  return c == 0x2022 || c == 0x25CF || c == 0x25CB || c == 0x25AA || c == 0x25A0 || c == 0x2023 ||
         c == 0x2043 || c == 0x25E6 || c == 0x2219 || c == 0x2013 || c == 0x2014 || c == 0x27A2 ||
         c == 0x2713;
}

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

// Ends with a sentence, quotes and brackets aside.
bool is_closed(const std::u32string& text) {
  std::size_t end = text.size();
  while (end > 0 && (text[end - 1] == ')' || text[end - 1] == '"' || text[end - 1] == '\'' ||
                     text[end - 1] == 0x201D || text[end - 1] == 0x2019 || text[end - 1] == 0xBB))
    --end;
  return end == 0 || ends_sentence(text[end - 1]);
}

bool same_size(float a, float b) { return std::fabs(a - b) <= kSameSize * std::max(a, b); }

float usual_pitch(const std::vector<Line>& lines) {
  std::vector<float> pitches;
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (const float pitch = lines[i].base - lines[i - 1].base; pitch > 0 && pitch < 3 * lines[i].size)
      pitches.push_back(pitch);
  if (pitches.empty()) return 0;
  const auto third = pitches.begin() + static_cast<std::ptrdiff_t>(pitches.size() / 3);
  std::nth_element(pitches.begin(), third, pitches.end());
  return *third;
}

class RegionBlocks {
 public:
  RegionBlocks(const Region& region, int page, const Headings& headings, const Words& words)
      : lines_(region.lines),
        page_(page),
        headings_(headings),
        words_(words),
        pitch_(usual_pitch(region.lines)) {
    if (lines_.empty()) return;
    left_ = lines_[0].x0, right_ = lines_[0].x1;
    for (const Line& line : lines_) left_ = std::min(left_, line.x0), right_ = std::max(right_, line.x1);
  }

  void build(std::vector<OpenBlock>& blocks) {
    const std::size_t before = blocks.size();
    for (std::size_t i = 0; i < lines_.size();) {
      if (const Headings::Found heading = headings_.find(lines_, i, page_); heading.lines > 0) {
        OpenBlock block{.kind = BlockKind::kHeading, .level = heading.level, .size = lines_[i].size};
        for (std::size_t j = 0; j < heading.lines; ++j) append_line(block.text, lines_[i + j].text, words_);
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
      after_heading_ = false;
      ++i;
    }
  }

 private:
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
    const float width = line.right_to_left ? right_ - before.x0 : before.x1 - left_;
    return width < kShort * (right_ - left_) && (is_closed(before.text) || !is_lower(line.text.front()));
  }

  const std::vector<Line>& lines_;
  const int page_;
  const Headings& headings_;
  const Words& words_;
  const float pitch_;
  float left_ = 0, right_ = 0;
  bool after_heading_ = false;
};

std::u32string cell_text(const std::vector<Line>& lines, const Words& words) {
  std::u32string text;
  for (const Line& line : lines) append_line(text, line.text, words);
  return text;
}

void build_rows(const Region& region, const Words& words, std::vector<OpenBlock>& blocks) {
  std::uint32_t row = 0;
  for (const auto& cells : region.rows) {
    OpenBlock block{.kind = BlockKind::kTableRow, .row = ++row};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) block.text += '\t';
      block.text += cell_text(cells[i], words);
    }
    blocks.push_back(std::move(block));
  }
}

}  // namespace

bool goes_on(const OpenBlock& block, const OpenBlock& next) {
  const bool text = block.kind == BlockKind::kParagraph || block.kind == BlockKind::kListItem;
  if (!text || next.kind != BlockKind::kParagraph || block.text.empty() || next.text.empty()) return false;
  if (!same_size(block.size, next.size) || is_closed(block.text)) return false;
  return is_lower(next.text.front()) || is_hyphen(block.text.back()) ||
         (is_unspaced(block.text.back()) && is_unspaced(next.text.front()));
}

std::vector<OpenBlock> find_blocks(const std::vector<Region>& regions, int page, const Headings& headings,
                                   const Words& words) {
  std::vector<OpenBlock> blocks;
  for (const Region& region : regions) {
    const std::size_t before = blocks.size();
    RegionBlocks(region, page, headings, words).build(blocks);
    build_rows(region, words, blocks);
    if (before > 0 && before < blocks.size() && goes_on(blocks[before - 1], blocks[before])) {
      append_line(blocks[before - 1].text, blocks[before].text, words);
      blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(before));
    }
  }
  return blocks;
}

Block finished(const OpenBlock& block) {
  return {.kind = block.kind, .text = to_text(block.text), .level = block.level, .row = block.row};
}

}  // namespace rappel::extractor::pdf
