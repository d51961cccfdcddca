// The dialect of a table in a text: its delimiter and whether it has a header, found from its start.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rappel::extractor {

// Reads the records of a table after RFC 4180: cells in double quotes may hold delimiters, line ends and
// doubled quotes. A quote inside a cell without quotes is a sign like others.
class TableRecords {
 public:
  TableRecords(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  // False at the end. An empty line is a record of one empty cell.
  bool next(std::vector<std::string>& cells);
  std::size_t quoted() const { return quoted_; }  // cells in quotes so far
  bool wide() const { return wide_; }             // a record had more than 16384 cells; the rest was left out
  bool unclosed() const { return unclosed_; }     // the last cell has no closing quote
  std::size_t stray() const { return stray_; }    // signs after a closing quote, quotes inside a cell

 private:
  void read_cell(std::string& cell);
  void read_quoted(std::string& cell);

  const std::string_view text_;
  const char delimiter_;
  std::size_t at_ = 0, quoted_ = 0, stray_ = 0;
  bool unclosed_ = false, wide_ = false;
};

struct Dialect {
  char delimiter = ',';
  bool header = false;
};

// `likely`: the delimiter that the type of the file promises.
Dialect find_dialect(std::string_view text, char likely);

}  // namespace rappel::extractor
