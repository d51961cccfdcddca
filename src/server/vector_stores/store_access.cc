#include "server/vector_stores/store_access.h"

#include <algorithm>
#include <ctime>
#include <utility>

namespace rappel {
namespace {

constexpr std::string_view kPrefix = "vs_";
constexpr std::int64_t kDay = 24 * 3600;

Response no_such_store() {
  return bad_value("There is no such vector store; GET /v1/vector_stores lists those there are",
                   "vector_store_id", 404);
}

bool may_see(const Principal& principal, const StoredFile& file) {
  if (!principal.is_bound() || principal.id == file.owner) return true;
  Metadata metadata;
  metadata.source = "file";
  metadata.filename = file.name;
  metadata.custom = metadata_of(file.attributes);
  return matches(principal.bound, file.file_id, metadata);
}

}  // namespace

std::variant<ReachedStore, Response> reach_collection(Shelf& shelf, const Request& request,
                                                      std::string_view name) {
  RequestHead head = request.head;
  head.collection = name;
  if (const Status known = shelf.gate.check_collection(head); !known.ok())
    return known.code() == Code::kNotFound ? no_such_store() : store_failure(shelf, request, known);
  CollectionSettings settings{.name = std::string(name)};
  if (name != kDefaultCollection) {
    auto found = shelf.gate.collections(request.head)->find(name);
    if (found.status().code() == Code::kNotFound) return no_such_store();
    if (!found.ok()) return store_failure(shelf, request, found.status());
    settings = std::move(*found);
  }
  shelf.stores.meet(name, settings.created_at);
  return ReachedStore{std::move(settings), shelf.gate.core(head)};
}

std::variant<ReachedStore, Response> reach_store(Shelf& shelf, const Request& request) {
  const std::string_view id = request.head.parameter("store");
  if (!id.starts_with(kPrefix) || !check_collection_name(id.substr(kPrefix.size())).ok())
    return no_such_store();
  return reach_collection(shelf, request, id.substr(kPrefix.size()));
}

std::variant<std::vector<CollectionSettings>, Response> reach_all(Shelf& shelf, const Request& request) {
  std::vector<CollectionSettings> all;
  if (request.head.principal->has_collection(kDefaultCollection))
    all.push_back({.name = std::string(kDefaultCollection)});
  if (auto host = shelf.gate.collections(request.head)) {
    auto listed = host->list();
    if (!listed.ok()) return store_failure(shelf, request, listed.status());
    for (CollectionSettings& one : *listed) all.push_back(std::move(one));
  }
  return all;
}

std::int64_t last_active_at(const Shelf& shelf, const CollectionSettings& collection) {
  return std::max(shelf.stores.last_active(collection.name).value_or(0), collection.created_at);
}

std::optional<std::int64_t> expires_at(const Shelf& shelf, const CollectionSettings& collection) {
  if (!collection.expire_days) return std::nullopt;
  return last_active_at(shelf, collection) + *collection.expire_days * kDay;
}

bool has_expired(const Shelf& shelf, const CollectionSettings& collection) {
  const auto end = expires_at(shelf, collection);
  return end && *end <= static_cast<std::int64_t>(std::time(nullptr));
}

Response expired_response() {
  return model_fault({"The vector store has expired; give it another expires_after, or delete it",
                      "vector_store_id", "expired"});
}

std::optional<StoredFile> find_stored(Shelf& shelf, const Request& request, const ReachedStore& store,
                                      std::string_view file) {
  auto found = shelf.stores.find(store.name(), file);
  return found && may_see(*request.head.principal, *found) ? found : std::nullopt;
}

std::vector<StoredFile> list_stored(Shelf& shelf, const Request& request, std::string_view store) {
  std::vector<StoredFile> files = shelf.stores.list(store);
  std::erase_if(files, [&](const StoredFile& file) { return !may_see(*request.head.principal, file); });
  return files;
}

Response no_such_stored_file() {
  return bad_value("There is no such file in this vector store", "file_id", 404);
}

Status detach(Shelf& shelf, ReachedStore& store, const std::string& file, const std::stop_token& cancel) {
  RAPPEL_ASSIGN(const bool mine, shelf.stores.leave(store.name(), file));
  if (!mine) return {};
  // A failure leaves it to the next start.
  RAPPEL_TRY(store.core.remove({.ids = {file}, .filter = {}}, cancel).status());
  shelf.stores.left(store.name(), file);
  return {};
}

Response store_failure(const Shelf& shelf, const Request& request, const Status& failure) {
  if (failure.code() == Code::kNotFound) return no_such_store();
  if (failure.code() == Code::kFailedPrecondition) return model_fault({failure.message(), {}, {}, 409});
  return model_failure(shelf.gate, request.head, failure);
}

}  // namespace rappel
