// SheetRows: rows of a sheet, cell by cell, as blocks. Gaps are tabs, up to a bound, so that sparse sheets
// cost what they hold and not what they span.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "extractor/office/text.h"

namespace rappel::extractor {

struct SheetCell {
  std::uint32_t column = 0;  // from 0
  std::string text;
  bool is_text = false;  // not a number, date or truth value
};

class SheetRows {
 public:
  // Rows of this many cells in all sheets of a file are read.
  static constexpr std::size_t kMostCells = 2'000'000;

  explicit SheetRows(Give give) : give_(std::move(give)) {}

  // Known rows with the names of columns. Without any, a row of distinct texts above one with numbers is it.
  void set_header_rows(std::set<std::uint32_t> rows) { headers_ = std::move(rows); }
  // Given after the row.
  void add_note(std::uint32_t row, std::string text) { notes_[row].push_back(std::move(text)); }

  // Rows from 1, in order.
  Status add(std::uint32_t row, std::vector<SheetCell> cells);
  // Gives the last row and the notes of rows without cells.
  Status finish();

 private:
  bool is_header(const std::vector<SheetCell>& below) const;
  Status give_held(bool header);

  Give give_;
  std::set<std::uint32_t> headers_;
  std::map<std::uint32_t, std::vector<std::string>> notes_;
  std::uint32_t held_row_ = 0;  // 0: none
  std::vector<SheetCell> held_;
  std::size_t tried_ = 0;
  bool found_header_ = false;
};

}  // namespace rappel::extractor
