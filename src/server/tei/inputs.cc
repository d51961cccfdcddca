#include "server/tei/inputs.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "server/http/headers.h"
#include "server/input/embeddings_request.h"
#include "server/input/tei_errors.h"

namespace rappel {
namespace {

constexpr std::string_view kInputs = "inputs";

bool is_ids(const JsonValue& value) {
  const auto* items = value.as<JsonArray>();
  return items && !items->empty() && std::all_of(items->begin(), items->end(), [](const JsonValue& item) {
           return item.as<JsonInteger>() != nullptr;
         });
}

Response wrong_inputs(std::string_view name) {
  return tei_fault({fmt::format("`{}` must be a string, an array of strings, or arrays of token ids", name)});
}

std::optional<Response> refuse_count(std::size_t count, std::string_view name) {
  if (count == 0) return tei_empty(name);
  if (count <= kMaxTeiInputs) return std::nullopt;
  return tei_error(TeiError::kValidation,
                   fmt::format("batch size {} > maximum allowed batch size {}", count, kMaxTeiInputs));
}

// Leaves out ids that the vocabulary does not have, as decoding them would.
std::optional<Response> keep_known_ids(const TeiCall& call, std::vector<std::vector<TokenId>>& texts) {
  const Tokenizer* tokenizer = tokenizer_of(call);
  if (!tokenizer) return tei_error(TeiError::kTokenizer, "This model takes no token ids; send text");
  const auto end = static_cast<TokenId>(tokenizer->vocabulary_size());
  for (auto& ids : texts) {
    const bool wrong = std::any_of(ids.begin(), ids.end(), [](TokenId id) { return id < 0; });
    std::erase_if(ids, [end](TokenId id) { return id >= end; });
    if (wrong || ids.empty())
      return tei_error(TeiError::kTokenizer,
                       fmt::format("`inputs` must have token ids from 0 to {}", end - 1));
  }
  return std::nullopt;
}

}  // namespace

std::vector<TokenId> read_ids(const JsonArray& items) {
  std::vector<TokenId> ids;
  for (const JsonValue& item : items) {
    TokenId id = -1;
    if (const auto* number = item.as<JsonInteger>()) {
      const char* end = number->digits.data() + number->digits.size();
      if (std::from_chars(number->digits.data(), end, id).ec != std::errc()) id = -1;
    }
    ids.push_back(id);
  }
  return ids;
}

std::variant<std::vector<std::string>, Response> read_texts(const JsonValue* value, std::string_view name) {
  std::vector<std::string> texts;
  if (!value || value->is_null()) return tei_missing(name);
  if (const auto* text = value->as<std::string>()) return std::vector<std::string>{*text};
  const auto* items = value->as<JsonArray>();
  if (!items) return wrong_inputs(name);
  if (auto refusal = refuse_count(items->size(), name)) return *std::move(refusal);
  for (const JsonValue& item : *items) {
    const auto* text = item.as<std::string>();
    if (!text) return wrong_inputs(name);
    texts.push_back(*text);
  }
  return texts;
}

std::variant<TeiInputs, Response> read_inputs(const TeiCall& call, const JsonObject& body) {
  const JsonValue* value = find_member(body, kInputs);
  TeiInputs out;
  const auto* items = value ? value->as<JsonArray>() : nullptr;
  if (value && is_ids(*value)) {
    out.ids.push_back(read_ids(*items));
  } else if (items && !items->empty() && std::all_of(items->begin(), items->end(), is_ids)) {
    if (auto refusal = refuse_count(items->size(), kInputs)) return *std::move(refusal);
    for (const JsonValue& item : *items) out.ids.push_back(read_ids(*item.as<JsonArray>()));
  } else {
    auto texts = read_texts(value, kInputs);
    if (auto* refusal = std::get_if<Response>(&texts)) return std::move(*refusal);
    out.texts = std::move(std::get<std::vector<std::string>>(texts));
    for (const std::string& text : out.texts)
      if (text.empty())
        return tei_error(TeiError::kValidation, "Input validation error: `inputs` cannot be empty");
    return out;
  }
  if (auto refusal = keep_known_ids(call, out.ids)) return *std::move(refusal);
  return out;
}

EmbedRequest read_reading(const TeiCall& call, LenientObject& body) {
  EmbedRequest request;
  const std::string direction = body.text("truncation_direction").value_or("right");
  const bool left = equal_ignoring_case(direction, "left");
  if (!left && !equal_ignoring_case(direction, "right"))
    body.refuse("truncation_direction", "must be left or right");
  if (!body.boolean("truncate").value_or(true))
    request.overlong = Overlong::kRefuse;
  else if (left)
    request.overlong = Overlong::kCutBeginning;
  request.role = role_of(body.text("prompt_name").value_or(""));
  request.flow = call.request.head.flow();
  request.cancel = call.request.abandoned;
  return request;
}

}  // namespace rappel
