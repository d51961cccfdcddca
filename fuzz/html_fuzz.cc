// Tests the reader of HTML pages (extractor/web).
#include <cstddef>
#include <cstdint>

#include "extractor/web/html.h"
#include "fuzz/reader_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  run_reader(rappel::extractor::read_html, {reinterpret_cast<const char*>(data), size});
  return 0;
}
