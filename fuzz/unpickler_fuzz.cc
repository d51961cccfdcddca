// Fuzz target for the unpickler of tensor dictionaries.
#include "formats/unpickler.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensors = rappel::unpickle_tensors(std::as_bytes(std::span(data, size)));
  (void)tensors;
  return 0;
}
