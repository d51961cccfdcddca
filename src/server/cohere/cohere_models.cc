#include "server/cohere/cohere_models.h"

#include "server/http/json_writer.h"

namespace rappel {
namespace {

void write_model(JsonWriter& out, const ListedModel& model) {
  const char* const endpoint = model.reranks ? "rerank" : "embed";
  out.begin_object().key("name").string(model.name).key("is_deprecated").boolean(false);
  out.key("endpoints").begin_array().string(endpoint).end_array().key("finetuned").boolean(false);
  out.key("context_length").integer(static_cast<std::int64_t>(model.max_length));
  out.key("tokenizer_url").null().key("default_endpoints").begin_array().string(endpoint).end_array();
  out.end_object();
}

}  // namespace

std::string cohere_models_json(const std::vector<ListedModel>& models) {
  JsonWriter out;
  out.begin_object().key("models").begin_array();
  for (const ListedModel& model : models) write_model(out, model);
  return out.end_array().key("next_page_token").null().end_object().take();
}

}  // namespace rappel
