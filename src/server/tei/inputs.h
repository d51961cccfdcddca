// The member `inputs` of text-embeddings-inference, and the members that say how texts are read.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "embed/embedding.h"
#include "server/http/response.h"
#include "server/tei/call.h"

namespace rappel {

inline constexpr std::size_t kMaxTeiInputs = 2048;

// Texts, or token ids of the model; the other one is empty.
struct TeiInputs {
  std::vector<std::string> texts;
  std::vector<std::vector<TokenId>> ids;
};

// A text, a list of texts, token ids, or a list of lists of token ids.
std::variant<TeiInputs, Response> read_inputs(const TeiCall& call, const JsonObject& body);

// Texts alone, which may be empty. `name` is the member.
std::variant<std::vector<std::string>, Response> read_texts(const JsonValue* value, std::string_view name);

// truncate, truncation_direction, prompt_name.
EmbedRequest read_reading(const TeiCall& call, LenientObject& body);

// The ids of [1, 2]; -1 for what is no token id.
std::vector<TokenId> read_ids(const JsonArray& items);

}  // namespace rappel
