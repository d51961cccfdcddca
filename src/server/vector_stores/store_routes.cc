#include "server/vector_stores/store_routes.h"

#include <utility>

#include "base/os/random.h"
#include "server/vector_stores/store_input.h"
#include "server/vector_stores/store_json.h"

namespace rappel {
namespace {

constexpr std::size_t kMostFiles = 500;  // of a new store
constexpr std::size_t kListed = 20, kMostListed = 100;

Response store_response(Shelf& shelf, const Request& request, const CollectionSettings& collection) {
  JsonWriter out;
  write_store(out, shelf, collection, list_stored(shelf, request, collection.name));
  return Response::json(out.take());
}

Response no_stores() {
  return bad_value(
      "This server keeps its documents in a datastore without collections, so it has the vector store "
      "vs_default alone",
      {}, 400);
}

// Requests that use the store took long.
Response drop_failure(const Shelf& shelf, const Request& request, const Status& failure) {
  if (failure.code() != Code::kUnavailable || failure.retry_after() == 0)
    return store_failure(shelf, request, failure);
  return model_refusal({Refusal::Reason::kNotReady,
                        "The vector store is in use and is still there; try again", failure.retry_after()});
}

PagePlace place_of(const CollectionSettings& collection) {
  return {collection.created_at, ReachedStore::store_id(collection.name)};
}

}  // namespace

Response create_store(Shelf& shelf, const Request& request) {
  auto read = read_store_body(request, /*may_be_empty=*/true);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  const JsonObject& object = std::get<ModelBody>(read).object();
  LenientObject body(object);
  CollectionSettings settings{.name = random_hex(12), .title = ""};
  if (const auto fault = read_store_settings(body, settings)) return model_fault(*fault);
  auto defaults = read_file_defaults(shelf, request, object);
  if (auto* refusal = std::get_if<Response>(&defaults)) return std::move(*refusal);
  std::vector<StoredFile> files;
  if (const JsonValue* ids = body.find("file_ids")) {
    auto named = read_file_ids(shelf, request, *ids, kMostFiles, std::get<FileDefaults>(defaults));
    if (auto* refusal = std::get_if<Response>(&named)) return std::move(*refusal);
    files = std::get<std::vector<StoredFile>>(std::move(named));
  }
  auto host = shelf.gate.collections(request.head);
  if (!host) return no_stores();
  const auto created = host->create(std::move(settings));
  if (!created.ok()) return store_failure(shelf, request, created.status());
  shelf.stores.meet((*created).name, (*created).created_at);
  if (!files.empty()) {
    const FileBatch together{"vsfb_" + random_hex(16), request.head.principal->id, now_us(), {}, false};
    if (const Status added = shelf.stores.add((*created).name, std::move(files), &together); !added.ok()) {
      (void)host->drop((*created).name);
      shelf.stores.forget((*created).name);
      return not_kept(shelf, request, added, "vector store");
    }
  }
  return store_response(shelf, request, *created);
}

Response list_stores(Shelf& shelf, const Request& request) {
  const auto query = read_page_query(request.head.query_string, kListed, kMostListed);
  if (const auto* fault = std::get_if<InputFault>(&query)) return model_fault(*fault);
  auto reached = reach_all(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  const auto& all = std::get<std::vector<CollectionSettings>>(reached);
  std::vector<PagePlace> places;
  for (const CollectionSettings& one : all) places.push_back(place_of(one));
  const auto page = page_of(places, std::get<PageQuery>(query), shelf.gone);
  if (const auto* fault = std::get_if<InputFault>(&page)) return model_fault(*fault);
  return Response::json(page_json(places, std::get<Page>(page), [&](JsonWriter& out, std::size_t i) {
    write_store(out, shelf, all[i], list_stored(shelf, request, all[i].name));
  }));
}

Response show_store(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  return store_response(shelf, request, std::get<ReachedStore>(reached).collection);
}

Response change_store(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  auto read = read_store_body(request, /*may_be_empty=*/true);
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  CollectionSettings settings = std::get<ReachedStore>(reached).collection;
  LenientObject body(std::get<ModelBody>(read).object());
  if (const auto fault = read_store_settings(body, settings)) return model_fault(*fault);
  if (settings == std::get<ReachedStore>(reached).collection) return store_response(shelf, request, settings);
  if (settings.name == kDefaultCollection)
    return bad_value("vs_default, the store of all documents without a collection, cannot be changed",
                     "vector_store_id");
  const auto changed = shelf.gate.collections(request.head)->change(settings);
  if (!changed.ok()) return store_failure(shelf, request, changed.status());
  if (body.find("expires_after") != nullptr) shelf.stores.note_active(settings.name);
  return store_response(shelf, request, *changed);
}

Response delete_store(Shelf& shelf, const Request& request) {
  auto reached = reach_store(shelf, request);
  if (auto* refusal = std::get_if<Response>(&reached)) return std::move(*refusal);
  const CollectionSettings collection = std::get<ReachedStore>(reached).collection;
  if (collection.name == kDefaultCollection)
    return bad_value(
        "vs_default, the store of all documents without a collection, cannot be deleted; take its "
        "files out, or delete its documents",
        "vector_store_id");
  if (const Status dropped = shelf.gate.collections(request.head)->drop(collection.name); !dropped.ok())
    return drop_failure(shelf, request, dropped);
  shelf.stores.forget(collection.name);
  shelf.gone.note(place_of(collection));
  return deleted_response(ReachedStore::store_id(collection.name), "vector_store.deleted");
}

}  // namespace rappel
