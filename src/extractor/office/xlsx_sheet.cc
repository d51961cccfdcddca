#include "extractor/office/xlsx_sheet.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "extractor/xml/xml_events.h"

namespace rappel::extractor {
namespace {

constexpr std::uint32_t kMostColumns = 16'384;
constexpr std::uint32_t kMostRows = 1'048'576;
constexpr std::size_t kMostCellText = 1 << 20;
constexpr std::size_t kMostRowText = 16 << 20;
constexpr std::size_t kMostText = 64 << 20;  // of a workbook
constexpr std::size_t kMostRunningTexts = 20;

bool is_running_text(std::string_view name) {
  return name == "oddHeader" || name == "oddFooter" || name == "evenHeader" || name == "evenFooter" ||
         name == "firstHeader" || name == "firstFooter";
}

class SheetReader final : public XmlEvents {
 public:
  SheetReader(XlsxWorkbook& workbook, SheetRows& rows, std::vector<std::string>& running_text)
      : workbook_(workbook), rows_(rows), running_text_(running_text) {}

  Status start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "row") start_row(attributes);
    if (name == "c") start_cell(attributes);
    if (name == "rPh") spoken_ = true;
    if (name == "v" || name == "t" || is_running_text(name)) {
      in_text_ = true;
      if (name != "t") text_.clear();
    }
    return {};
  }

  Status end(std::string_view name) override {
    if (name == "v" || name == "t") in_text_ = false;
    if (name == "rPh") spoken_ = false;
    if (name == "c") return end_cell();
    if (name == "row") return rows_.add(row_, std::exchange(cells_, {}));
    if (is_running_text(name)) end_running_text();
    return {};
  }

  Status text(std::string_view text) override {
    if (in_text_ && !spoken_ && text_.size() + text.size() <= kMostCellText) text_ += text;
    return {};
  }

  // Cells of a row that the file breaks off in.
  Status finish() { return rows_.add(row_, std::move(cells_)); }

 private:
  void start_row(const XmlAttributes& attributes) {
    const int row = to_int(attributes["r"], 0);
    row_ = row > 0 ? static_cast<std::uint32_t>(row) : row_ + 1;
    row_ = std::min(row_, kMostRows);
    column_ = 0;
    row_text_ = 0;
    cells_.clear();
  }

  void start_cell(const XmlAttributes& attributes) {
    type_ = attributes["t"];
    style_ = static_cast<std::size_t>(std::max(0, to_int(attributes["s"], 0)));
    std::uint32_t row = row_;
    read_cell_place(attributes["r"], column_, row);
    text_.clear();
  }

  Status end_cell() {
    if (++workbook_.cells > SheetRows::kMostCells)
      return Status(Code::kResourceExhausted,
                    "the workbook has more than 2 million cells; the rest is left out");
    SheetCell cell = value();
    cell.column = std::min(column_++, kMostColumns);
    row_text_ += cell.text.size();
    workbook_.text += cell.text.size();
    if (workbook_.text > kMostText)
      return Status(Code::kResourceExhausted, "the workbook has too much text; the rest is left out");
    if (row_text_ > kMostRowText)
      return Status(Code::kResourceExhausted, "a row of the workbook is too long; the rest is left out");
    if (!cell.text.empty()) cells_.push_back(std::move(cell));
    text_.clear();
    return {};
  }

  SheetCell value() const {
    if (type_ == "s") {
      const int index = to_int(text_, -1);
      if (index < 0) return {};
      return {0, shown(workbook_.strings.find(static_cast<std::size_t>(index))), true};
    }
    if (type_ == "b") return {0, text_ == "0" ? "FALSE" : "TRUE", false};
    if (type_ == "d") return {0, tidy(text_), false};
    if (type_ == "inlineStr" || type_ == "str") return {0, shown(text_), true};
    const std::optional<double> number = to_number(text_);
    if (type_ == "e" || !number) return {0, tidy(text_), true};
    const NumberFormat* format = format_of_cell();
    return {0, format == nullptr ? format_general(*number) : format->format(*number, workbook_.dates), false};
  }

  std::string shown(std::string_view text) const {
    const NumberFormat* format = format_of_cell();
    text = text.substr(0, kMostCellText);
    return tidy(format == nullptr ? std::string(text) : format->format_text(text));
  }

  const NumberFormat* format_of_cell() const {
    return style_ < workbook_.cell_formats.size() ? &workbook_.formats[workbook_.cell_formats[style_]]
                                                  : nullptr;
  }

  void end_running_text() {
    in_text_ = false;
    std::string text = running_text_of(text_);
    const bool known = std::find(running_text_.begin(), running_text_.end(), text) != running_text_.end();
    if (has_letter_or_digit(text) && !known && running_text_.size() < kMostRunningTexts)
      running_text_.push_back(std::move(text));
  }

  XlsxWorkbook& workbook_;
  SheetRows& rows_;
  std::vector<std::string>& running_text_;
  std::vector<SheetCell> cells_;
  std::uint32_t row_ = 0, column_ = 0;
  std::string type_, text_;
  std::size_t style_ = 0, row_text_ = 0;
  bool in_text_ = false, spoken_ = false;
};

}  // namespace

Status read_xlsx_sheet(std::string_view xml, XlsxWorkbook& workbook, SheetRows& rows,
                       std::vector<std::string>& running_text) {
  SheetReader reader(workbook, rows, running_text);
  Status status = read_xml_events(xml, reader);
  RAPPEL_TRY(reader.finish());
  RAPPEL_TRY(rows.finish());
  return status;
}

void read_cell_place(std::string_view place, std::uint32_t& column, std::uint32_t& row) {
  std::uint32_t letters = 0;
  std::size_t at = 0;
  for (; at < place.size() && place[at] >= 'A' && place[at] <= 'Z' && at < 4; ++at)
    letters = letters * 26 + static_cast<std::uint32_t>(place[at] - 'A') + 1;
  const int number = to_int(place.substr(at), 0);
  if (letters == 0 || number <= 0) return;
  column = std::min(letters - 1, kMostColumns);
  row = std::min(static_cast<std::uint32_t>(number), kMostRows);
}

std::string running_text_of(std::string_view code) {
  std::string text;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i] != '&' || i + 1 == code.size()) {
      text += code[i];
      continue;
    }
    const char c = code[++i];
    if (c == '&') text += '&';
    if (c == 'L' || c == 'C' || c == 'R') text += '\t';
    if (c == '"') i = std::min(code.find('"', i + 1), code.size());
    if (c == 'K') i += 6;
    while (c >= '0' && c <= '9' && i + 1 < code.size() && code[i + 1] >= '0' && code[i + 1] <= '9') ++i;
  }
  return tidy(std::move(text));
}

}  // namespace rappel::extractor
