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

std::size_t bytes_of(const NewChunk& chunk) {
  return chunk.text.size() + chunk.dense.size() * sizeof(float) + place_bytes(chunk.place) +
         chunk.sparse.size() * sizeof(TokenWeight) + chunk.colbert.scales.size() * sizeof(float) +
         chunk.colbert.codes.size();
}

std::size_t chunk_count(const NewDocument& document) {
  return document.chunks.size() + (document.waiting ? document.waiting->size() : 0);
}

std::size_t chunk_bytes(const NewDocument& document) {
  std::size_t bytes = document.waiting ? document.waiting->bytes() : 0;
  for (const NewChunk& chunk : document.chunks) bytes += bytes_of(chunk);
  return bytes;
}

Status visit_chunks(const NewDocument& document, const ChunkVisitor& visit) {
  std::size_t index = 0;
  if (document.waiting) {
    RAPPEL_TRY(document.waiting->visit(visit));
    index = document.waiting->size();
  }
  for (const NewChunk& chunk : document.chunks) RAPPEL_TRY(visit(index++, chunk));
  return {};
}

}  // namespace rappel
