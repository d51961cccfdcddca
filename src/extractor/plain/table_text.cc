#include "extractor/plain/table_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "extractor/plain/dialect.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

std::string joined(std::vector<std::string>& cells) {
  std::string row;
  for (std::string& cell : cells) {
    std::replace(cell.begin(), cell.end(), '\t', ' ');
    if (&cell != &cells.front()) row += '\t';
    row += trim(cell);
  }
  return row;
}

// "sep=;" as the first line names the delimiter for spreadsheets.
char take_named_delimiter(std::string_view& text) {
  if (!text.starts_with("sep=") || text.size() < 6 || text[5] != '\n') return '\0';
  const char delimiter = text[4];
  text.remove_prefix(6);
  return delimiter;
}

Status read_table(const Source& source, char likely, ContentSink& sink) {
  std::string whole;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, whole));
  std::string_view text = whole;
  const char named = take_named_delimiter(text);
  Dialect dialect = find_dialect(text, named != '\0' ? named : likely);
  if (named != '\0') dialect.delimiter = named;
  RAPPEL_TRY(
      sink.property("delimiter", dialect.delimiter == '\t' ? "tab" : std::string(1, dialect.delimiter)));
  TableRecords records(text, dialect.delimiter);
  std::uint32_t row = 0;
  bool header = dialect.header;
  for (std::vector<std::string> cells; records.next(cells);) {
    ++row;
    std::string line = joined(cells);
    if (is_blank(line)) continue;
    RAPPEL_TRY(sink.block(
        {.kind = BlockKind::kTableRow, .text = std::move(line), .row = row, .header_row = header}));
    header = false;
  }
  if (records.wide()) RAPPEL_TRY(sink.warning("a row has more than 16384 cells; the rest of it is left out"));
  return records.unclosed() ? sink.warning("a quoted cell at its end is not closed") : Status();
}

}  // namespace

Status read_csv(const Source& source, ContentSink& sink) { return read_table(source, ',', sink); }

Status read_tsv(const Source& source, ContentSink& sink) { return read_table(source, '\t', sink); }

}  // namespace rappel::extractor
