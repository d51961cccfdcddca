// Tests the reader of RTF documents (extractor/rtf).
#include <cstddef>
#include <cstdint>

#include "extractor/rtf/rtf.h"
#include "fuzz/reader_run.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  run_reader(rappel::extractor::read_rtf, {reinterpret_cast<const char*>(data), size});
  return 0;
}
