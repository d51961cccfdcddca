#include "server/input/embeddings_request.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.h"
#include "server/http/headers.h"
#include "server/input/openai_tokens.h"

namespace rappel {
namespace {

constexpr std::string_view kInput = "input";

// The first of the members that is there.
std::string_view first_given(const LenientObject& body, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names)
    if (body.find(name) != nullptr) return name;
  return {};
}

bool is_token(const JsonValue& value) { return value.as<JsonInteger>() != nullptr; }

bool is_token_array(const JsonValue& value) {
  const auto* items = value.as<JsonArray>();
  return items && !items->empty() && std::all_of(items->begin(), items->end(), is_token);
}

void add_tokens(const JsonArray& items, std::vector<std::string>& texts, LenientObject& body) {
  std::vector<std::int64_t> ids;
  for (const JsonValue& item : items) {
    const std::string& digits = item.as<JsonInteger>()->digits;
    std::int64_t id = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    ids.push_back(read.ec == std::errc() ? id : -1);
  }
  auto text = text_of_openai_tokens(ids);
  if (text)
    texts.push_back(*std::move(text));
  else
    body.refuse(kInput, "has a token id outside cl100k_base; send text, or ids of cl100k_base");
}

// A text, an object with one, or token ids.
void add_input(const JsonValue& item, std::vector<std::string>& texts, LenientObject& body) {
  const JsonValue* value = &item;
  if (const auto* object = item.as<JsonObject>()) value = find_member(*object, "text");
  const std::string* text = value ? value->as<std::string>() : nullptr;
  if (is_token_array(item))
    add_tokens(*item.as<JsonArray>(), texts, body);
  else if (text && !text->empty())
    texts.push_back(*text);
  else
    body.refuse(kInput, text ? "has an empty string; send texts that are not empty"
                             : "must be a string, an array of strings, or an array of token ids");
}

std::vector<std::string> read_input(LenientObject& body) {
  std::vector<std::string> texts;
  const JsonValue* input = body.find(kInput);
  if (!input) {
    body.refuse(kInput, "is missing");
    return texts;
  }
  const auto* items = input->as<JsonArray>();
  if (!items || is_token_array(*input)) {
    add_input(*input, texts, body);
    return texts;
  }
  if (items->empty()) body.refuse(kInput, "is empty; send at least one text");
  if (items->size() > kMaxModelInputs)
    body.refuse(kInput, fmt::format("has more than {} texts; send fewer at once", kMaxModelInputs));
  for (const JsonValue& item : *items) {
    if (body.fault()) break;
    add_input(item, texts, body);
  }
  return texts;
}

// Jina's clients also ask for signs of numbers, by the other two names.
VectorType read_type(LenientObject& body) {
  const std::string_view name = first_given(body, {"encoding_format", "encoding_type", "embedding_type"});
  if (name.empty()) return VectorType::kFloat;
  const bool signs = name != "encoding_format";
  const auto type = find_vector_type(body.text(name).value_or(""));
  const bool known = type == VectorType::kFloat || type == VectorType::kBase64 ||
                     (signs && (type == VectorType::kBinary || type == VectorType::kUbinary));
  if (!known)
    body.refuse(name, signs ? "must be float, base64, binary or ubinary" : "must be float or base64");
  return known ? *type : VectorType::kFloat;
}

int read_dimensions(LenientObject& body, int dimension) {
  const std::string_view name = first_given(body, {"dimensions", "output_dimension"});
  if (name.empty()) return 0;
  const std::int64_t wanted = body.integer(name).value_or(0);  // 0 is how some clients say: all
  if (wanted >= 0 && wanted <= dimension) return static_cast<int>(wanted);
  body.refuse(name, fmt::format("must be between 1 and {}", dimension));
  return 0;
}

// true and false, or the words of NVIDIA and Cohere.
Overlong read_overlong(LenientObject& body) {
  const std::string_view name = first_given(body, {"truncate", "truncation"});
  if (name.empty()) return Overlong::kCutEnd;
  if (const auto* word = body.find(name)->as<std::string>()) {
    if (equal_ignoring_case(*word, "none")) return Overlong::kRefuse;
    if (equal_ignoring_case(*word, "start")) return Overlong::kCutBeginning;
    if (equal_ignoring_case(*word, "end")) return Overlong::kCutEnd;
  }
  return body.boolean(name).value_or(true) ? Overlong::kCutEnd : Overlong::kRefuse;
}

TextRole read_role(const LenientObject& body) {
  const std::string_view name = first_given(body, {"input_type", "task", "prompt_name"});
  const auto* task = name.empty() ? nullptr : body.find(name)->as<std::string>();
  return task ? role_of(*task) : TextRole::kPlain;
}

}  // namespace

TextRole role_of(std::string_view task) {
  const std::string lower = lower_case(task);
  if (lower.find("query") != std::string::npos) return TextRole::kQuery;
  const bool document =
      lower.find("document") != std::string::npos || lower.find("passage") != std::string::npos;
  return document ? TextRole::kDocument : TextRole::kPlain;
}

std::variant<EmbeddingsRequest, InputFault> read_embeddings_request(const JsonObject& object, int dimension) {
  LenientObject body(object);
  EmbeddingsRequest request;
  request.model = body.text("model").value_or("");
  request.texts = read_input(body);
  request.type = read_type(body);
  request.dimensions = read_dimensions(body, dimension);
  request.overlong = read_overlong(body);
  request.role = read_role(body);
  if (body.text("output_dtype").value_or("float") != "float") body.refuse("output_dtype", "must be float");
  if (body.fault()) return *body.fault();
  return request;
}

}  // namespace rappel
