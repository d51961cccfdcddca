// POST /api/embed and its older form /api/embeddings: requests and answers.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "embed/embedding.h"
#include "server/http/response.h"
#include "server/input/lenient_object.h"
#include "server/input/model_embed.h"

namespace rappel {

struct OllamaEmbed {
  std::string model;               // as asked for; may be empty
  std::vector<std::string> texts;  // none: the client wants the model to be loaded
  int dimensions = 0;              // 0: all
  Overlong overlong = Overlong::kCutEnd;
};

// `dimension`: of the model's vectors.
std::variant<OllamaEmbed, InputFault> read_ollama_embed(const JsonObject& body, int dimension);
// The older form has one text, in `prompt`; the first of `input` where a client confuses the two.
std::variant<OllamaEmbed, InputFault> read_ollama_embeddings(const JsonObject& body);

struct OllamaTimes {
  std::chrono::nanoseconds total{0}, load{0};
};

Response ollama_embed_response(EmbeddedTexts embedded, std::string model, const OllamaTimes& times);
Response ollama_embeddings_response(const EmbeddedTexts& embedded);

}  // namespace rappel
