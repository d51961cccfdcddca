#include "server/input/model_embed.h"

#include <bit>
#include <cstdint>
#include <utility>

#include "codec/base64.h"
#include "server/input/model_names.h"
#include "server/stage_trace.h"

namespace rappel {
namespace {

std::size_t vector_bytes(const Embedding& embedding) {
  return (embedding.dense.size() + embedding.colbert.size()) * sizeof(float) +
         embedding.sparse.size() * sizeof(embedding.sparse[0]) + embedding.input_ids.size() * sizeof(TokenId);
}

std::string little_endian(const std::vector<float>& vector) {
  std::string bytes;
  bytes.reserve(vector.size() * sizeof(float));
  for (const float number : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(number);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(bits >> shift & 0xff));
  }
  return bytes;
}

}  // namespace

EmbedRequest embed_request(const VectorWish& wish, const Request& request) {
  EmbedRequest out;
  out.dimensions = wish.dimensions;
  out.overlong = wish.overlong;
  out.role = wish.role;
  out.unit_length = true;
  out.flow = request.head.flow();
  out.cancel = request.abandoned;
  return out;
}

Result<EmbeddedTexts> embed_texts(Embedder& embedder, const std::vector<std::string>& texts,
                                  const EmbedRequest& request, ByteHold memory, RequestTrace* trace) {
  const auto begin = SpanClock::now();
  RAPPEL_ASSIGN(std::vector<Embedding> embeddings, embedder.embed(texts, request));
  RAPPEL_ASSIGN(EmbeddedTexts embedded, count_embedded(std::move(embeddings), std::move(memory)));
  trace_embeddings(trace, begin, shown_model_name(embedder.identity().name), embedded.tokens,
                   embedded.embeddings.empty() ? 0 : embedded.embeddings.front().dense.size());
  return embedded;
}

Result<EmbeddedTexts> count_embedded(std::vector<Embedding> embeddings, ByteHold memory) {
  EmbeddedTexts out{.embeddings = std::move(embeddings), .memory = std::move(memory)};
  std::size_t bytes = 0;
  for (const Embedding& embedding : out.embeddings) {
    out.tokens += embedding.input_ids.size();
    out.cut += embedding.cut ? 1 : 0;
    bytes += vector_bytes(embedding);
  }
  if (out.memory.take(bytes) != ByteHold::Room::kTaken)
    return Status(Code::kResourceExhausted, "The vectors are too large together; send fewer texts at once")
        .with_id("answer-too-large");
  return out;
}

Response with_truncated(Response response, std::size_t cut) {
  if (cut > 0) response.with("x-truncated", std::to_string(cut));
  return response;
}

void write_vector(JsonWriter& out, const std::vector<float>& vector, bool base64) {
  if (!base64) {
    out.floats(vector);
    return;
  }
  std::string text;
  append_base64(text, little_endian(vector));
  out.string(text);
}

}  // namespace rappel
