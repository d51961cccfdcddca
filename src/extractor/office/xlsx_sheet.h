// One worksheet of an XLSX workbook: cells as shown, then its header and footer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "extractor/office/number_format.h"
#include "extractor/office/shared_strings.h"
#include "extractor/office/sheet_rows.h"

namespace rappel::extractor {

struct XlsxWorkbook {
  SharedStrings strings = {};
  std::vector<NumberFormat> formats = {};      // distinct ones
  std::vector<std::size_t> cell_formats = {};  // by style of a cell: index in `formats`
  DateSystem dates = DateSystem::k1900;
  std::size_t cells = 0;  // read so far, in all sheets
  std::size_t text = 0;   // bytes, likewise; cells share strings, so that a small file can hold much
};

// Errors: kInvalidArgument (damaged) and kResourceExhausted (too many cells) after the rows before; failures
// of `rows`. Headers and footers are added to `running_text`.
Status read_xlsx_sheet(std::string_view xml, XlsxWorkbook& workbook, SheetRows& rows,
                       std::vector<std::string>& running_text);

// "BC12": column 54 (from 0), row 12. Places that are none leave the values as they are.
void read_cell_place(std::string_view place, std::uint32_t& column, std::uint32_t& row);

// "&LLeft&CPage &P" without its codes: "Left\tPage".
std::string running_text_of(std::string_view code);

}  // namespace rappel::extractor
