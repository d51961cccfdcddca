#include "extractor/office/sheet_rows.h"

#include <algorithm>
#include <utility>

namespace rappel::extractor {
namespace {

constexpr std::uint32_t kMostGap = 64;
constexpr std::size_t kHeaderWithin = 20;  // rows

std::string row_text(const std::vector<SheetCell>& cells) {
  std::string text;
  std::uint32_t column = 0;
  for (const SheetCell& cell : cells) {
    const std::uint32_t gap = cell.column > column ? cell.column - column : text.empty() ? 0 : 1;
    text.append(gap > kMostGap ? 1 : gap, '\t');
    text += cell.text;
    column = std::max(column, cell.column);
  }
  return tidy_row(std::move(text));
}

}  // namespace

Status SheetRows::add(std::uint32_t row, std::vector<SheetCell> cells) {
  std::erase_if(cells, [](const SheetCell& cell) { return cell.text.empty(); });
  if (cells.empty()) return {};
  if (held_row_ != 0) RAPPEL_TRY(give_held(is_header(cells)));
  held_row_ = row;
  held_ = std::move(cells);
  return {};
}

Status SheetRows::finish() {
  if (held_row_ != 0) RAPPEL_TRY(give_held(headers_.contains(held_row_)));
  held_row_ = 0;
  for (const auto& [row, notes] : notes_)
    for (const std::string& note : notes) RAPPEL_TRY(give_({.kind = BlockKind::kNote, .text = note}));
  notes_.clear();
  return {};
}

bool SheetRows::is_header(const std::vector<SheetCell>& below) const {
  if (!headers_.empty()) return headers_.contains(held_row_);
  if (found_header_ || tried_ >= kHeaderWithin || held_.size() < 2) return false;
  std::set<std::string_view> names;
  for (const SheetCell& cell : held_)
    if (!cell.is_text || !names.insert(cell.text).second) return false;
  return std::any_of(below.begin(), below.end(), [](const SheetCell& cell) { return !cell.is_text; });
}

Status SheetRows::give_held(bool header) {
  ++tried_;
  found_header_ = found_header_ || header;
  RAPPEL_TRY(give_({.kind = BlockKind::kTableRow,
                    .text = row_text(std::exchange(held_, {})),
                    .row = held_row_,
                    .header_row = header}));
  while (!notes_.empty() && notes_.begin()->first <= held_row_) {
    for (std::string& note : notes_.begin()->second)
      RAPPEL_TRY(give_({.kind = BlockKind::kNote, .text = std::move(note)}));
    notes_.erase(notes_.begin());
  }
  return {};
}

}  // namespace rappel::extractor
