// The body of an embeddings request of OpenAI's contract, with the members that Voyage, Jina and others add
// to it (docs/http-api.md, Models).
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "embed/embedding.h"
#include "server/input/lenient_object.h"
#include "server/input/vector_types.h"

namespace rappel {

inline constexpr std::size_t kMaxModelInputs = 2048;  // texts of one request

struct EmbeddingsRequest {
  std::vector<std::string> texts;  // at least one, none of them empty
  std::string model;               // as asked for; may be empty
  VectorType type = VectorType::kFloat;
  int dimensions = 0;  // 0: all
  Overlong overlong = Overlong::kCutEnd;
  TextRole role = TextRole::kPlain;
};

// `dimension`: of the model's vectors.
std::variant<EmbeddingsRequest, InputFault> read_embeddings_request(const JsonObject& body, int dimension);

// "search_query" -> kQuery, "passage" -> kDocument; names of other tasks -> kPlain.
TextRole role_of(std::string_view task);

}  // namespace rappel
