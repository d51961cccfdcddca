// Embeddings for the model protocols: the call, and what answers say about it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "embed/embedder.h"
#include "server/http/json_writer.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace rappel {

// The wishes of a client for all texts of a request.
struct VectorWish {
  int dimensions = 0;  // 0: all
  Overlong overlong = Overlong::kCutEnd;
  TextRole role = TextRole::kPlain;
};

// Vectors of length 1, for the caller of `request`.
EmbedRequest embed_request(const VectorWish& wish, const Request& request);

struct EmbeddedTexts {
  std::vector<Embedding> embeddings;
  std::size_t tokens = 0;  // of all texts as the model read them, special tokens included
  std::size_t cut = 0;     // texts of which the model read a part
  ByteHold memory = {};    // counts the vectors
};

// kResourceExhausted with the id "answer-too-large" if the vectors do not fit into `memory`. `trace`: of the
// request, may be null.
Result<EmbeddedTexts> embed_texts(Embedder& embedder, const std::vector<std::string>& texts,
                                  const EmbedRequest& request, ByteHold memory, RequestTrace* trace);

// Counts what embed_texts() counts, of vectors that are there.
Result<EmbeddedTexts> count_embedded(std::vector<Embedding> embeddings, ByteHold memory);

// With the header x-truncated if texts were cut.
Response with_truncated(Response response, std::size_t cut);

// The vector as an array of numbers, or as base64 of little-endian float32.
void write_vector(JsonWriter& out, const std::vector<float>& vector, bool base64);

}  // namespace rappel
