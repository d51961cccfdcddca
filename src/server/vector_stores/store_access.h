// The way from the id of a vector store to its collection, as far as the token of a request may go. The id is
// "vs_" and the name of the collection; every collection is a vector store, the default one too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http/request.h"
#include "server/http/response.h"
#include "server/vector_stores/shelf.h"
#include "store/collection.h"

namespace rappel {

struct ReachedStore {
  CollectionSettings collection;
  PrincipalCore core;

  const std::string& name() const { return collection.name; }
  std::string id() const { return store_id(collection.name); }
  static std::string store_id(std::string_view collection) { return "vs_" + std::string(collection); }
};

// The store that the path names (its parameter "store"), or the response that refuses it.
std::variant<ReachedStore, Response> reach_store(Shelf& shelf, const Request& request);
// One by the name of its collection.
std::variant<ReachedStore, Response> reach_collection(Shelf& shelf, const Request& request,
                                                      std::string_view name);
// All that the token may know of.
std::variant<std::vector<CollectionSettings>, Response> reach_all(Shelf& shelf, const Request& request);

// Seconds since 1970; nothing: the store does not expire.
std::optional<std::int64_t> expires_at(const Shelf& shelf, const CollectionSettings& collection);
bool has_expired(const Shelf& shelf, const CollectionSettings& collection);
std::int64_t last_active_at(const Shelf& shelf, const CollectionSettings& collection);
Response expired_response();

// The file in the store, if the token may see it: one with a filter sees what it has added, and what its
// filter allows.
std::optional<StoredFile> find_stored(Shelf& shelf, const Request& request, const ReachedStore& store,
                                      std::string_view file);
std::vector<StoredFile> list_stored(Shelf& shelf, const Request& request, std::string_view store);
Response no_such_stored_file();

// Takes the file out of the store, with its document.
Status detach(Shelf& shelf, ReachedStore& store, const std::string& file, const std::stop_token& cancel);

// The response after a failure of the host or of the core.
Response store_failure(const Shelf& shelf, const Request& request, const Status& failure);

}  // namespace rappel
