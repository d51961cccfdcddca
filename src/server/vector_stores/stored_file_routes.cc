#include "server/vector_stores/stored_file_routes.h"

#include <chrono>
#include <utility>

#include "server/vector_stores/store_input.h"
#include "server/vector_stores/store_json.h"
#include "server/vector_stores/stored_file_list.h"

namespace rappel {
namespace {

// A change of attributes is answered when it can be searched for, unless that takes longer.
constexpr std::chrono::seconds kChangePatience{20};

struct Found {
  ReachedStore store;
  StoredFile file;
};

std::variant<Found, Response> find(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  auto& store = std::get<ReachedStore>(reached);
  auto file = find_stored(shelf, request, store, request.head.parameter("file"));
  if (!file) return no_such_stored_file();
  return Found{std::move(store), std::move(*file)};
}

}  // namespace

Response add_failure(const Shelf& shelf, const Request& request, const Status& failure) {
  if (failure.code() == Code::kResourceExhausted) return bad_value(failure.message(), "file_id", 400);
  if (failure.code() == Code::kFailedPrecondition) return bad_value(failure.message(), "file_id", 409);
  return not_kept(shelf, request, failure, "file");
}

Response add_stored_file(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  const auto& store = std::get<ReachedStore>(reached);
  if (has_expired(shelf, store.collection)) return expired_response();
  auto read = read_store_body(request);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  const JsonObject& body = std::get<ModelBody>(read).object();
  auto defaults = read_file_defaults(shelf, request, body);
  if (auto* refusal = std::get_if<Response>(&defaults)) return std::move(*refusal);
  auto named = stored_file_of(shelf, request, find_member(body, "file_id"),
                              std::get<FileDefaults>(std::move(defaults)), "file_id");
  if (auto* refusal = std::get_if<Response>(&named)) return std::move(*refusal);
  const auto& file = std::get<StoredFile>(named);
  if (const Status added = shelf.stores.add(store.name(), {file}, nullptr); !added.ok())
    return add_failure(shelf, request, added);
  shelf.stores.note_active(store.name());
  return stored_file_response(store.id(), file);
}

Response list_stored_files(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  const auto& store = std::get<ReachedStore>(reached);
  return stored_files_page(shelf, request, store.id(), list_stored(shelf, request, store.name()));
}

Response show_stored_file(Shelf& shelf, const Request& request) {
  auto found = find(shelf, request);
  if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
  const auto& [store, file] = std::get<Found>(found);
  return stored_file_response(store.id(), file);
}

// The file is read again, so that its document has the new attributes.
Response change_stored_file(Shelf& shelf, const Request& request) {
  auto found = find(shelf, request);
  if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
  auto& [store, file] = std::get<Found>(found);
  if (has_expired(shelf, store.collection)) return expired_response();
  auto read = read_store_body(request);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  auto defaults =
      read_file_defaults(shelf, request, std::get<ModelBody>(read).object(), {file.attributes, file.chunks});
  if (auto* refusal = std::get_if<Response>(&defaults)) return std::move(*refusal);
  if (!shelf.files.find(file.file_id))
    return bad_value(
        "The file itself was deleted, so its attributes cannot be changed; upload it again and add it",
        "file_id", 409);
  auto& wanted = std::get<FileDefaults>(defaults);
  file.attributes = std::move(wanted.attributes);
  file.chunks = wanted.chunks;
  file.state = FileState::kInProgress;
  if (const Status added = shelf.stores.add(store.name(), {file}, nullptr); !added.ok())
    return add_failure(shelf, request, added);
  shelf.stores.note_active(store.name());
  const auto changed = shelf.stores.wait(store.name(), file.file_id, kChangePatience, request.abandoned);
  return changed ? stored_file_response(store.id(), *changed) : no_such_stored_file();
}

Response remove_stored_file(Shelf& shelf, const Request& request) {
  auto found = find(shelf, request);
  if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
  auto& [store, file] = std::get<Found>(found);
  if (const Status gone = detach(shelf, store, file.file_id, request.abandoned); !gone.ok())
    return store_failure(shelf, request, gone);
  shelf.gone.note({file.created_us, file.file_id});
  return deleted_response(file.file_id, "vector_store.file.deleted");
}

Response stored_file_content(Shelf& shelf, const Request& request) {
  auto found = find(shelf, request);
  if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
  auto& [store, file] = std::get<Found>(found);
  ByteHold memory(request.memory, request.head.caller, shelf.options.max_answer_bytes);
  JsonWriter out;
  out.begin_object().key("object").string("vector_store.file_content.page").key("data").begin_array();
  for (std::size_t at = 0;;) {
    const auto part = store.core.document({.id = file.file_id, .begin = at, .most_chars = kMostPartChars},
                                          {request.call(), &memory});
    if (!part.ok()) return store_failure(shelf, request, part.status());
    if (!*part) break;  // it is not stored yet, or failed
    const DocumentText& text = **part;
    out.begin_object().key("type").string("text").key("text").string(text.text).end_object();
    if (text.is_last() || text.range.end <= at) break;
    at = text.range.end;
  }
  out.end_array().key("has_more").boolean(false).key("next_page").null().end_object();
  return Response::json(out.take());
}

Status detach_everywhere(Shelf& shelf, const Request& request, const std::string& file) {
  for (const std::string& name : shelf.stores.stores_with(file)) {
    auto reached = reach_collection(shelf, request, name);
    auto* const store = std::get_if<ReachedStore>(&reached);
    if (store == nullptr || !find_stored(shelf, request, *store, file)) continue;
    RAPPEL_TRY(detach(shelf, *store, file, request.abandoned));
  }
  return {};
}

}  // namespace rappel
