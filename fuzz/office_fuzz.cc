// Fuzz target for the readers of office files and books, given whole files.
#include <cstdint>
#include <string_view>

#include "extractor/office/docx.h"
#include "extractor/office/epub.h"
#include "extractor/office/odp.h"
#include "extractor/office/ods.h"
#include "extractor/office/odt.h"
#include "extractor/office/pptx.h"
#include "extractor/office/xlsx.h"
#include "ingest/content/collected.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rappel::extractor;
  const Source source{{reinterpret_cast<const char*>(data), size}};
  for (const ReadFunction read : {read_docx, read_xlsx, read_pptx, read_odt, read_ods, read_odp, read_epub}) {
    rappel::CollectedContent content({.text_bytes = 1 << 20});
    (void)read(source, content);
  }
  return 0;
}
