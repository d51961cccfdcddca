// Fuzz target for the reader of PyTorch zip archives.
#include "formats/torch_zip.h"
#include "fuzz/read_views.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensors = rappel::read_torch_zip(std::as_bytes(std::span(data, size)), "input");
  if (tensors) rappel::read_views(*tensors);
  return 0;
}
