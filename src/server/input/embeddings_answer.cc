#include "server/input/embeddings_answer.h"

#include <memory>
#include <utility>

#include "server/http/json_pieces.h"
#include "server/input/embeddings_request.h"
#include "server/input/model_body.h"
#include "server/input/model_embed.h"
#include "server/input/model_errors.h"
#include "server/input/model_names.h"

namespace rappel {
namespace {

// One vector a call, with the members before them or after.
class EmbeddingsRest {
 public:
  EmbeddingsRest(EmbeddedTexts embedded, std::string model, VectorType type)
      : embedded_(std::move(embedded)), model_(std::move(model)), type_(type) {}

  bool next(JsonWriter& out) {
    const std::size_t count = embedded_.embeddings.size();
    if (next_ > count) return false;
    if (next_ == 0) out.begin_object().key("object").string("list").key("data").begin_array();
    next_ < count ? write_item(out) : finish(out);
    ++next_;
    return true;
  }

 private:
  void write_item(JsonWriter& out) const {
    out.begin_object()
        .key("object")
        .string("embedding")
        .key("index")
        .integer(static_cast<std::int64_t>(next_));
    write_typed_vector(out.key("embedding"), embedded_.embeddings[next_].dense, type_);
    out.end_object();
  }
  void finish(JsonWriter& out) const {
    const auto tokens = static_cast<std::int64_t>(embedded_.tokens);
    out.end_array().key("model").string(model_).key("usage").begin_object();
    out.key("prompt_tokens").integer(tokens).key("total_tokens").integer(tokens).end_object().end_object();
  }

  const EmbeddedTexts embedded_;
  const std::string model_;
  const VectorType type_;
  std::size_t next_ = 0;
};

}  // namespace

Response answer_embeddings(const CoreGate& gate, const Request& request, bool strict,
                           std::string_view deployment) {
  auto body = read_model_body(request);
  if (const auto* refusal = std::get_if<Refusal>(&body)) return model_refusal(*refusal);
  const auto models = gate.core(request.head).models(request.abandoned);
  if (!models.ok()) return model_failure(gate, request.head, models.status());
  Embedder& embedder = models->embedder;
  auto read = read_embeddings_request(std::get<ModelBody>(body).object(), embedder.dimension());
  if (const auto* fault = std::get_if<InputFault>(&read)) return model_fault(*fault);
  auto& input = std::get<EmbeddingsRequest>(read);
  std::string name = shown_model_name(embedder.identity().name);
  const std::string_view asked = input.model.empty() ? deployment : std::string_view(input.model);
  if (const auto fault = refuse_model_name(asked, name, strict)) return model_fault(*fault);
  auto embedded = embed_texts(embedder, input.texts,
                              embed_request({input.dimensions, input.overlong, input.role}, request),
                              ByteHold(request.memory, request.head.caller), request.head.trace.get());
  if (!embedded.ok()) return model_failure(gate, request.head, embedded.status());
  const std::size_t cut = embedded->cut;
  auto rest = std::make_shared<EmbeddingsRest>(
      std::move(*embedded), asked.empty() ? std::move(name) : std::string(asked), input.type);
  return with_truncated(json_in_pieces([rest](JsonWriter& out) { return rest->next(out); }), cut);
}

}  // namespace rappel
