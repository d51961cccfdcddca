#include "server/input/model_list.h"

#include "server/http/json_writer.h"
#include "server/input/model_names.h"

namespace rappel {
namespace {

// infinity's client wants them as numbers; none of them is measured here.
void write_stats(JsonWriter& out) {
  out.begin_object().key("queue_fraction").real(0).key("queue_absolute").integer(0);
  out.key("results_pending").integer(0).key("batch_size").integer(32).end_object();
}

void write_model(JsonWriter& out, const ListedModel& model, std::string_view owner, std::int64_t created) {
  out.begin_object().key("id").string(model.name).key("object").string("model");
  out.key("created").integer(created).key("owned_by").string(owner);
  out.key("model_type").string(model.reranks ? "rerank" : "embedding").key("model_name").string(model.name);
  out.key("max_model_len").integer(static_cast<std::int64_t>(model.max_length));
  out.key("backend").string("rappel").key("capabilities").begin_array();
  out.string(model.reranks ? "rerank" : "embed").end_array();
  write_stats(out.key("stats"));
  out.end_object();
}

}  // namespace

std::vector<ListedModel> list_models(const ServedModels& models) {
  std::vector<ListedModel> list;
  list.push_back({shown_model_name(models.embedder.identity().name), false, models.embedder.max_length()});
  if (models.reranker)
    list.push_back({shown_model_name(models.reranker->name()), true, models.reranker->max_length()});
  return list;
}

std::variant<ListedModel, InputFault> find_model(const std::vector<ListedModel>& models,
                                                 std::string_view name) {
  for (const ListedModel& model : models)
    if (names_model(name, model.name)) return model;
  return *refuse_model_name(name, "", true);
}

std::int64_t models_created() {
  static const std::int64_t first = static_cast<std::int64_t>(std::time(nullptr));
  return first;
}

std::string model_list_json(const std::vector<ListedModel>& models, std::string_view owner,
                            std::int64_t created) {
  JsonWriter out;
  out.begin_object().key("object").string("list").key("data").begin_array();
  for (const ListedModel& model : models) write_model(out, model, owner, created);
  return out.end_array().end_object().take();
}

std::string model_json(const ListedModel& model, std::string_view owner, std::int64_t created) {
  JsonWriter out;
  write_model(out, model, owner, created);
  return out.take();
}

}  // namespace rappel
