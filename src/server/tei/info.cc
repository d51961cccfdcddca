#include "server/tei/info.h"

#include "server/http/json_writer.h"
#include "server/input/model_names.h"
#include "server/input/tei_rerank.h"
#include "server/tei/inputs.h"

namespace rappel {
namespace {

// By PyTorch's names.
std::string_view dtype_of(const TokenLevel* model) {
  const std::string_view precision = model ? model->weights().precision : "float32";
  if (precision == "tf32") return "float32";
  return precision == "half" ? "float16" : precision;
}

// Clients take the first key for the kind of the model.
void write_type(JsonWriter& out, const ServedModels& models, bool reranks) {
  out.begin_object().key(reranks ? "reranker" : "embedding").begin_object();
  if (reranks) {
    out.key("id2label").begin_object().key("0").string("LABEL_0").end_object();
    out.key("label2id").begin_object().key("LABEL_0").integer(0).end_object();
  } else {
    const TokenEmbedder* tokens = token_embedder(models.embedder);
    out.key("pooling").string(tokens ? tokens->pooling() : "cls");
  }
  out.end_object().end_object();
}

}  // namespace

std::string tei_info(const ServedModels& models, TeiRoot root, std::string_view version) {
  const bool reranks = root == TeiRoot::kRerank && models.reranker;
  const std::string name =
      shown_model_name(reranks ? models.reranker->name() : models.embedder.identity().name);
  const std::size_t length = reranks ? models.reranker->max_length() : models.embedder.max_length();
  const std::size_t most = reranks ? kMaxRerankTexts : kMaxTeiInputs;
  JsonWriter out;
  out.begin_object().key("model_id").string(name).key("model_sha").null();
  out.key("model_dtype")
      .string(dtype_of(reranks ? token_level(*models.reranker) : token_level(models.embedder)));
  out.key("served_model_name").string(name);
  write_type(out.key("model_type"), models, reranks);
  out.key("max_concurrent_requests").integer(512);
  out.key("max_input_length").integer(static_cast<std::int64_t>(length));
  out.key("max_batch_tokens").integer(16'384).key("max_batch_requests").null();
  out.key("max_client_batch_size").integer(static_cast<std::int64_t>(most));
  out.key("auto_truncate").boolean(true).key("tokenization_workers").integer(1);
  out.key("version").string(version).key("sha").null().key("docker_label").null();
  return out.end_object().take();
}

}  // namespace rappel
