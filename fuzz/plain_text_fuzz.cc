// Tests the readers of text kinds (extractor/plain). The first byte of the input selects the reader.
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "extractor/plain/json_text.h"
#include "extractor/plain/markdown.h"
#include "extractor/plain/notebook.h"
#include "extractor/plain/plain_text.h"
#include "extractor/plain/restructured_text.h"
#include "extractor/plain/source_code.h"
#include "extractor/plain/subtitles.h"
#include "extractor/plain/table_text.h"
#include "extractor/web/xml_text.h"
#include "fuzz/reader_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rappel::extractor;
  constexpr ReadFunction kReaders[] = {
      read_plain_text, read_markdown,          read_csv,        read_json,
      read_json_lines, read_notebook,          read_xml,        read_subtitles,
      read_tsv,        read_restructured_text, read_source_code};
  if (size == 0) return 0;
  run_reader(kReaders[(data[0] - '0') % std::size(kReaders)],
             {reinterpret_cast<const char*>(data) + 1, size - 1}, "a.cc");
  return 0;
}
