// The body of an embed request of Cohere's contract.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "embed/embedding.h"
#include "server/input/lenient_object.h"
#include "server/input/vector_types.h"

namespace rappel {

struct CohereEmbed {
  std::string model;               // as asked for; may be empty
  std::vector<std::string> texts;  // at least one, none of them empty
  std::vector<VectorType> types;   // as asked for, each once; may be empty
  int dimensions = 0;              // 0: all
  Overlong overlong = Overlong::kCutEnd;
  TextRole role = TextRole::kPlain;
};

// `dimension`: of the model's vectors.
std::variant<CohereEmbed, InputFault> read_cohere_embed(const JsonObject& body, int dimension);

}  // namespace rappel
