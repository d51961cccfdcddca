#include "server/input/tei_answer.h"

#include <memory>
#include <utility>

#include "server/http/json_pieces.h"
#include "server/input/model_embed.h"

namespace rappel {

TeiAnswer whole_answer(JsonWriter out) {
  TeiAnswer answer;
  answer.next = [text = std::make_shared<std::string>(out.take())](JsonWriter& into) {
    if (text->empty()) return false;
    into.raw(*text);
    text->clear();
    return true;
  };
  return answer;
}

Response tei_response(TeiResult result, std::chrono::steady_clock::time_point started) {
  if (auto* refusal = std::get_if<Response>(&result)) return std::move(*refusal);
  auto& answer = std::get<TeiAnswer>(result);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  const std::string milliseconds = std::to_string(took.count());
  return with_truncated(json_in_pieces(std::move(answer.next)), answer.cut)
      .with("x-compute-characters", std::to_string(answer.characters))
      .with("x-compute-tokens", std::to_string(answer.tokens))
      .with("x-compute-time", milliseconds)
      .with("x-inference-time", milliseconds)
      .with("x-total-time", milliseconds);
}

}  // namespace rappel
