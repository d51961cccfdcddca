#include "server/input/cohere_embed.h"

#include <memory>
#include <utility>

#include "base/os/random.h"
#include "server/http/json_pieces.h"
#include "server/http/json_writer.h"
#include "server/input/cohere_request.h"
#include "server/input/model_embed.h"
#include "server/input/model_errors.h"
#include "server/input/model_names.h"

namespace rappel {
namespace {

// One text or vector a call: first the texts, then the vectors of each type.
class EmbedRest {
 public:
  EmbedRest(CohereEmbed request, EmbeddedTexts embedded, CohereVersion version)
      : texts_(std::move(request.texts)),
        types_(std::move(request.types)),
        embedded_(std::move(embedded)),
        version_(version) {
    if (types_.empty() && version_ == CohereVersion::kTwo) types_.push_back(VectorType::kFloat);
  }

  bool next(JsonWriter& out) {
    const std::size_t lists = 1 + (types_.empty() ? 1 : types_.size());
    if (list_ > lists) return false;
    if (list_ == lists) {
      finish(out);
      ++list_;
      return true;
    }
    if (item_ == 0) begin_list(out);
    write_item(out);
    if (++item_ < texts_.size()) return true;
    out.end_array();
    item_ = 0;
    ++list_;
    return true;
  }

 private:
  void begin_list(JsonWriter& out) const {
    if (list_ == 0) out.begin_object().key("id").string(random_uuid()).key("texts");
    if (list_ == 1) out.key("embeddings");
    if (list_ == 1 && !types_.empty()) out.begin_object();
    if (list_ >= 1 && !types_.empty()) out.key(vector_type_name(types_[list_ - 1]));
    out.begin_array();
  }
  void write_item(JsonWriter& out) const {
    if (list_ == 0)
      out.string(texts_[item_]);
    else
      write_typed_vector(out, embedded_.embeddings[item_].dense,
                         types_.empty() ? VectorType::kFloat : types_[list_ - 1]);
  }
  void finish(JsonWriter& out) const {
    if (!types_.empty()) out.end_object();
    out.key("response_type").string(types_.empty() ? "embeddings_floats" : "embeddings_by_type");
    out.key("meta").begin_object().key("api_version").begin_object().key("version");
    out.string(version_ == CohereVersion::kTwo ? "2" : "1").end_object();
    out.key("billed_units").begin_object().key("input_tokens");
    out.integer(static_cast<std::int64_t>(embedded_.tokens)).end_object().end_object().end_object();
  }

  const std::vector<std::string> texts_;
  std::vector<VectorType> types_;  // empty: plain lists of numbers
  const EmbeddedTexts embedded_;
  const CohereVersion version_;
  std::size_t list_ = 0, item_ = 0;
};

}  // namespace

bool is_cohere_embed(const JsonObject& body) {
  return find_member(body, "texts") != nullptr && find_member(body, "inputs") == nullptr;
}

Response answer_cohere_embed(const CoreGate& gate, const Request& request, const JsonObject& body,
                             CohereVersion version, bool strict) {
  const auto models = gate.core(request.head).models(request.abandoned);
  if (!models.ok()) return model_failure(gate, request.head, models.status());
  Embedder& embedder = models->embedder;
  auto read = read_cohere_embed(body, embedder.dimension());
  if (const auto* fault = std::get_if<InputFault>(&read)) return model_fault(*fault);
  auto& input = std::get<CohereEmbed>(read);
  if (const auto fault = refuse_model_name(input.model, shown_model_name(embedder.identity().name), strict))
    return model_fault(*fault);
  auto embedded = embed_texts(embedder, input.texts,
                              embed_request({input.dimensions, input.overlong, input.role}, request),
                              ByteHold(request.memory, request.head.caller), request.head.trace.get());
  if (!embedded.ok()) return model_failure(gate, request.head, embedded.status());
  const std::size_t cut = embedded->cut;
  auto rest = std::make_shared<EmbedRest>(std::move(input), *std::move(embedded), version);
  return with_truncated(json_in_pieces([rest](JsonWriter& out) { return rest->next(out); }), cut);
}

}  // namespace rappel
