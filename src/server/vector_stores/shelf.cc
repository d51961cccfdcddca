#include "server/vector_stores/shelf.h"

#include "base/log.h"
#include "server/http/json_writer.h"

namespace rappel {

bool may_see(const Principal& principal, const UploadedFile& file) {
  return principal.sees_all() || principal.id == file.owner;
}

std::optional<UploadedFile> find_file(Shelf& shelf, const Request& request, std::string_view id) {
  auto file = shelf.files.find(id);
  return file && may_see(*request.head.principal, *file) ? file : std::nullopt;
}

Response bad_value(std::string message, std::string param, int status) {
  return model_fault({std::move(message), std::move(param), {}, status});
}

Response no_such_file() {
  return bad_value("There is no such file, or it belongs to another token; GET /v1/files lists yours", "id",
                   404);
}

Response deleted_response(std::string_view id, std::string_view object) {
  JsonWriter out;
  out.begin_object().key("id").string(id).key("object").string(object).key("deleted").boolean(true);
  return Response::json(out.end_object().take());
}

Response not_kept(const Shelf& shelf, const Request& request, const Status& failure, std::string_view what) {
  if (failure.id() == "disk-full") return model_failure(shelf.gate, request.head, failure);
  if (shelf.logger != nullptr) shelf.logger->error("cannot keep {}: {}", what, failure.to_string());
  return model_refusal({Refusal::Reason::kNotReady,
                        "The " + std::string(what) + " cannot be kept, the server's log says why",
                        kOperatorSeconds});
}

}  // namespace rappel
