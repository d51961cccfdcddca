#include "store/types.h"

#include <fmt/format.h>

namespace rappel {

std::string chunk_id(std::string_view document_id, std::size_t index) {
  return fmt::format("{}_{}", document_id, index);
}

std::string sample_text_of(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < kSampleCodePoints && end < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[end]);
    const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (end + size > text.size()) break;
    end += size;
  }
  return std::string(text.substr(0, end));
}

}  // namespace rappel
