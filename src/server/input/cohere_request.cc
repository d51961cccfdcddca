#include "server/input/cohere_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/http/headers.h"
#include "server/input/content_text.h"
#include "server/input/embeddings_request.h"

namespace rappel {
namespace {

std::optional<std::string> text_of(const JsonValue& item, bool contents) {
  if (const auto* text = item.as<std::string>(); text && !contents) return *text;
  const auto* object = item.as<JsonObject>();
  return object && contents ? content_text(*object) : std::nullopt;
}

// Version 2 also takes `inputs`, a list of objects with content.
std::vector<std::string> read_texts(LenientObject& body) {
  const bool contents = body.find("texts") == nullptr && body.find("inputs") != nullptr;
  const std::string_view name = contents ? "inputs" : "texts";
  std::vector<std::string> texts;
  const JsonValue* given = body.find(name);
  const auto* items = given ? given->as<JsonArray>() : nullptr;
  if (!items) {
    body.refuse(name, given ? "must be a list" : "is missing");
    return texts;
  }
  if (items->empty()) body.refuse(name, "is empty; send at least one text");
  if (items->size() > kMaxModelInputs)
    body.refuse(name, fmt::format("has more than {} texts; send fewer at once", kMaxModelInputs));
  for (const JsonValue& item : *items) {
    if (body.fault()) break;
    auto text = text_of(item, contents);
    if (!text)
      body.refuse(name,
                  contents ? "must be a list of objects whose content is text" : "must be a list of strings");
    else if (text->empty())
      body.refuse(name, "has an empty string; send texts that are not empty");
    else
      texts.push_back(*std::move(text));
  }
  return texts;
}

std::vector<VectorType> read_types(LenientObject& body) {
  constexpr std::string_view kTypes = "embedding_types";
  std::vector<VectorType> types;
  const JsonValue* given = body.find(kTypes);
  const auto* items = given ? given->as<JsonArray>() : nullptr;
  if (given && !items) body.refuse(kTypes, "must be a list");
  for (const JsonValue& item : items ? *items : JsonArray()) {
    const auto* name = item.as<std::string>();
    const auto type = name ? find_vector_type(*name) : std::nullopt;
    if (!type)
      body.refuse(kTypes,
                  "has an unknown type; the types are float, base64, int8, uint8, binary and ubinary");
    else if (std::find(types.begin(), types.end(), *type) == types.end())
      types.push_back(*type);
  }
  return types;
}

Overlong read_overlong(LenientObject& body) {
  const std::string word = body.text("truncate").value_or("END");
  if (equal_ignoring_case(word, "none")) return Overlong::kRefuse;
  if (equal_ignoring_case(word, "start")) return Overlong::kCutBeginning;
  if (!equal_ignoring_case(word, "end")) body.refuse("truncate", "must be NONE, START or END");
  return Overlong::kCutEnd;
}

}  // namespace

std::variant<CohereEmbed, InputFault> read_cohere_embed(const JsonObject& object, int dimension) {
  LenientObject body(object);
  CohereEmbed request;
  request.model = body.text("model").value_or("");
  request.texts = read_texts(body);
  request.types = read_types(body);
  request.overlong = read_overlong(body);
  request.role = role_of(body.text("input_type").value_or(""));
  const std::int64_t wanted = body.integer("output_dimension").value_or(0);
  if (wanted < 0 || wanted > dimension)
    body.refuse("output_dimension", fmt::format("must be between 1 and {}", dimension));
  if (body.fault()) return *body.fault();
  request.dimensions = static_cast<int>(wanted);
  return request;
}

}  // namespace rappel
