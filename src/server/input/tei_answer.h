// Answers of text-embeddings-inference: JSON that is written while it is sent, or kept to become a part of
// another answer, and what the headers say about it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <variant>

#include "server/http/json_writer.h"
#include "server/http/response.h"

namespace rappel {

struct TeiAnswer {
  std::function<bool(JsonWriter&)> next;  // as json_in_pieces takes it
  std::size_t characters = 0;             // bytes of the texts
  std::size_t tokens = 0;
  std::size_t cut = 0;  // texts of which the model read a part
};

// An answer, or the response that refuses the request.
using TeiResult = std::variant<TeiAnswer, Response>;

// An answer that is written at once.
TeiAnswer whole_answer(JsonWriter out);

// With the headers x-compute-*, x-total-time and x-truncated.
Response tei_response(TeiResult result, std::chrono::steady_clock::time_point started);

}  // namespace rappel
