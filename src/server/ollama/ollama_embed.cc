#include "server/ollama/ollama_embed.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/input/embeddings_request.h"

namespace rappel {
namespace {

// One vector a call, with the members before them or after.
class EmbedRest {
 public:
  EmbedRest(EmbeddedTexts embedded, std::string model, const OllamaTimes& times)
      : embedded_(std::move(embedded)), model_(std::move(model)), times_(times) {}

  bool next(JsonWriter& out) {
    const std::size_t count = embedded_.embeddings.size();
    if (next_ > count) return false;
    if (next_ == 0) out.begin_object().key("model").string(model_).key("embeddings").begin_array();
    next_ < count ? write_vector(out, embedded_.embeddings[next_].dense, false) : finish(out);
    ++next_;
    return true;
  }

 private:
  void finish(JsonWriter& out) const {
    out.end_array().key("total_duration").integer(times_.total.count());
    out.key("load_duration").integer(times_.load.count());
    out.key("prompt_eval_count").integer(static_cast<std::int64_t>(embedded_.tokens)).end_object();
  }

  const EmbeddedTexts embedded_;
  const std::string model_;
  const OllamaTimes times_;
  std::size_t next_ = 0;
};

InputFault wrong_input() { return {"invalid input type", "input"}; }

// A text, or a list of texts. An empty text alone is none.
std::optional<InputFault> read_texts(const JsonValue& input, std::vector<std::string>& texts) {
  if (const auto* text = input.as<std::string>()) {
    if (!text->empty()) texts.push_back(*text);
    return std::nullopt;
  }
  const auto* items = input.as<JsonArray>();
  if (!items) return wrong_input();
  if (items->size() > kMaxModelInputs)
    return InputFault{fmt::format("input has more than {} texts; send fewer at once", kMaxModelInputs)};
  for (const JsonValue& item : *items) {
    const auto* text = item.as<std::string>();
    if (!text) return wrong_input();
    texts.push_back(*text);
  }
  return std::nullopt;
}

}  // namespace

std::variant<OllamaEmbed, InputFault> read_ollama_embed(const JsonObject& object, int dimension) {
  LenientObject body(object);
  OllamaEmbed out;
  out.model = body.text("model").value_or("");
  if (!body.boolean("truncate").value_or(true)) out.overlong = Overlong::kRefuse;
  const std::int64_t wanted = body.integer("dimensions").value_or(0);
  if (wanted < 0 || wanted > dimension)
    body.refuse("dimensions", fmt::format("must be between 1 and {}", dimension));
  if (body.fault()) return *body.fault();
  out.dimensions = static_cast<int>(wanted);
  if (const JsonValue* input = body.find("input"))
    if (auto fault = read_texts(*input, out.texts)) return *std::move(fault);
  return out;
}

std::variant<OllamaEmbed, InputFault> read_ollama_embeddings(const JsonObject& object) {
  LenientObject body(object);
  OllamaEmbed out;
  out.model = body.text("model").value_or("");
  const auto prompt = body.text("prompt");
  if (body.fault()) return *body.fault();
  if (prompt && !prompt->empty()) {
    out.texts.push_back(*prompt);
  } else if (const JsonValue* input = body.find("input")) {
    if (auto fault = read_texts(*input, out.texts)) return *std::move(fault);
    if (out.texts.size() > 1) out.texts.resize(1);
  }
  return out;
}

Response ollama_embed_response(EmbeddedTexts embedded, std::string model, const OllamaTimes& times) {
  const std::size_t cut = embedded.cut;
  auto rest = std::make_shared<EmbedRest>(std::move(embedded), std::move(model), times);
  return with_truncated(json_in_pieces([rest](JsonWriter& out) { return rest->next(out); }), cut);
}

Response ollama_embeddings_response(const EmbeddedTexts& embedded) {
  JsonWriter out;
  out.begin_object().key("embedding");
  if (embedded.embeddings.empty())
    out.begin_array().end_array();
  else
    write_vector(out, embedded.embeddings.front().dense, false);
  return with_truncated(Response::json(out.end_object().take()), embedded.cut);
}

}  // namespace rappel
