// The body of a rerank request as Cohere, Jina, Voyage, Xinference, vLLM, llama.cpp and infinity define it
// (docs/http-api.md, Rerank). The dialects differ in what they echo, so that one reader serves them all.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "server/input/lenient_object.h"

namespace rappel {

inline constexpr std::size_t kMaxRerankDocuments = 1000;  // of one request

struct RerankRequest {
  std::string model;  // as asked for; may be empty
  std::string query;
  std::vector<std::string> texts;  // of the documents, as they are scored; at least one
  std::size_t limit = 0;           // results; 0: all
  bool has_top_k = false;          // Voyage's name for the limit was used
  bool raw_scores = false;         // the model's logits instead of 0..1
  bool refuse_longer = false;
  std::optional<bool> return_documents = {};
};

std::variant<RerankRequest, InputFault> read_rerank_request(const JsonObject& body);

// Members that a request of scores shares with one of reranking.
bool wants_raw_scores(LenientObject& body);
bool refuses_longer(LenientObject& body);
// The texts of a member that is a text, an object with one, or a list of these; reports a fault if it has
// none or more than kMaxRerankDocuments.
std::vector<std::string> read_rerank_texts(LenientObject& body, std::string_view name);

}  // namespace rappel
